import { createContext, type ReactNode, useContext } from "react";
import type { Chat } from "../chat.ts";

const ChatContext = createContext<Chat | null>(null);

export function ChatProvider({ chat, children }: { chat: Chat; children: ReactNode }): ReactNode {
  return <ChatContext value={chat}>{children}</ChatContext>;
}

/** The chat itself, for `onMessage`, `limits` and `signOut`. */
export function useChatClient(): Chat {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error("useChatClient needs a <ChatProvider> above it");
  return chat;
}
