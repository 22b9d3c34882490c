import type { Readable } from "@spotter/chat-client";

let current = false;
const listeners = new Set<() => void>();

/** Whether a message came while this page was open: the moment at which notifications make sense to a person. */
export const received: Readable<boolean> & { set(next: boolean): void } = {
  get: () => current,
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  set(next) {
    current = next;
    for (const listener of listeners) listener();
  },
};
