import type { FileId, Readable } from "@spotter/chat-client";

let current: FileId | null = null;
const listeners = new Set<() => void>();

/**
 * The image that fills the screen. Kept outside of the thread's rows: a row that scrolls away unmounts,
 * and the viewer must not go with it.
 */
export const openedImage: Readable<FileId | null> & { set(id: FileId | null): void } = {
  get: () => current,
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  set(id) {
    current = id;
    for (const listener of listeners) listener();
  },
};
