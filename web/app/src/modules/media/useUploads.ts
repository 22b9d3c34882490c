import type { Attachment, Chat, ConversationId, Limits } from "@spotter/chat-client";
import { useChatClient, useLimits } from "@spotter/chat-client/react";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { shrunk } from "./shrink";
import { isPending, type UploadItem, Uploads } from "./uploads";

export interface UploadTray {
  items: readonly UploadItem[];
  limits: Limits | null;
  /** Something is still on its way or failed: the message cannot go yet. */
  busy: boolean;
  /** There is a file that the message will carry. */
  filled: boolean;
  add(files: Iterable<File>): void;
  remove(id: number): void;
  retry(id: number): void;
  clear(): void;
  /** The attachments, and the tray is empty; null while one is not there yet. */
  take(): Attachment[] | null;
}

/** The files of the message that is being written; they stay, like its text, while one looks elsewhere. */
export function useUploads(conversationId: ConversationId): UploadTray {
  const chat = useChatClient();
  const limits = useLimits();
  const uploads = uploadsOf(chat, conversationId);
  const items = useSyncExternalStore(uploads.subscribe, uploads.get);

  useEffect(() => {
    window.addEventListener("online", uploads.retryFailed);
    return () => window.removeEventListener("online", uploads.retryFailed);
  }, [uploads]);

  return useMemo(
    () => ({
      items,
      limits,
      busy: items.some(({ state }) => isPending(state)),
      filled: items.some(({ state }) => state.step !== "refused"),
      add: uploads.add,
      remove: uploads.remove,
      retry: uploads.retry,
      clear: uploads.clear,
      take: uploads.take,
    }),
    [items, limits, uploads],
  );
}

// By chat, and so by person: nobody finds another one's files.
const trays = new WeakMap<Chat, Map<ConversationId, Uploads>>();

function uploadsOf(chat: Chat, conversationId: ConversationId): Uploads {
  const own = trays.get(chat) ?? new Map<ConversationId, Uploads>();
  trays.set(chat, own);
  const known = own.get(conversationId) ?? uploadsThrough(chat);
  own.set(conversationId, known);
  return known;
}

function uploadsThrough(chat: Chat): Uploads {
  return new Uploads({
    upload: (file, options) => chat.api.files.uploadFile(file, options),
    shrink: shrunk,
    limits: () => chat.limits.get(),
    preview: (file) => URL.createObjectURL(file),
    release: (preview) => URL.revokeObjectURL(preview),
  });
}
