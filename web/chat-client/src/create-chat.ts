import type { Chat, ChatOptions } from "./chat.ts";
import { Client } from "./client.ts";

/** Connects at once; `close` or `signOut` end it. */
export function createChat(options: ChatOptions): Chat {
  const client = new Client(options);
  void client.start();
  return client;
}

/** Where the socket is: `VITE_WS_CHAT_URL` (`.env.local`), or `/ws/chat` of the page's own host. */
export function chatUrl(): string {
  const { env } = import.meta as unknown as { env?: Record<string, string | undefined> };
  const { protocol, host } = globalThis.location ?? { protocol: "https:", host: "localhost:7003" };
  return env?.VITE_WS_CHAT_URL || `${protocol === "http:" ? "ws:" : "wss:"}//${host}/ws/chat`;
}
