import type { Attachment, ChatMessage } from "@spotter/chat-client";
import { useChat, useLimits } from "@spotter/chat-client/react";
import { useMemo, useState } from "react";
import type { ThreadCalls } from "./thread/MessageList";

const EDIT_WINDOW_MS = 86_400_000;
const TEXT_CHARS = 4000;

/** One conversation as the thread pane needs it: the view, and calls that never reject unheard. */
export function useConversation(conversationId: string) {
  const chat = useChat({ conversationId });
  const limits = useLimits();
  const [failed, setFailed] = useState<unknown>(null);
  const { loadOlder, loadNewer, jumpTo, jumpToEnd, markRead } = chat;

  // Loading tells its failures in the view's `error`.
  const calls = useMemo<ThreadCalls>(
    () => ({
      loadOlder: () => void loadOlder().catch(ignore),
      loadNewer: () => void loadNewer().catch(ignore),
      jumpTo: (seq) =>
        jumpTo(seq).then(
          () => true,
          () => false,
        ),
      jumpToEnd: () => void jumpToEnd().catch(ignore),
      markRead,
    }),
    [loadOlder, loadNewer, jumpTo, jumpToEnd, markRead],
  );

  const changed = (change: Promise<void>) => void change.catch(setFailed);

  return {
    view: chat,
    status: chat.status,
    reconnect: chat.reconnect,
    calls,
    limits,
    textLimit: limits?.textChars ?? TEXT_CHARS,
    editable: (message: ChatMessage) =>
      isEditable(message, limits?.editWindowMs ?? EDIT_WINDOW_MS, Date.now()),
    /** What an edit, a deletion or a reaction was refused with; null after it was dismissed. */
    failed,
    dismiss: () => setFailed(null),
    notifyTyping: chat.notifyTyping,
    retry: chat.retry,
    discard: chat.discard,
    send: (text: string, attachments: Attachment[], replyTo: number | null) => {
      void chat.send(bodyOf(text, attachments, replyTo)).catch(setFailed);
    },
    edit: (message: ChatMessage, text: string) =>
      message.seq !== null && changed(chat.edit(message.seq, text)),
    remove: (message: ChatMessage) => message.seq !== null && changed(chat.remove(message.seq)),
    react: (message: ChatMessage, emoji: string, on: boolean) =>
      message.seq !== null && changed(chat.react(message.seq, emoji, on)),
  };
}

/** One's own text, for as long as the server takes changes. */
export function isEditable(message: ChatMessage, windowMs: number, now: number): boolean {
  const { own, seq, text, deletedAt, sentAt } = message;
  return own && seq !== null && text !== null && deletedAt === null && now - Date.parse(sentAt) < windowMs;
}

function bodyOf(text: string, attachments: Attachment[], replyTo: number | null) {
  return {
    ...(text === "" ? {} : { text }),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(replyTo === null ? {} : { replyTo }),
  };
}

function ignore(): void {}
