import type { Readable } from "@spotter/chat-client";

export interface Value<T> extends Readable<T> {
  set(next: T): void;
}

/** A value whose listeners hear of each change. */
export function value<T>(first: T): Value<T> {
  let current = first;
  const listeners = new Set<() => void>();
  return {
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
}
