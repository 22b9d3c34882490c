import type { Readable } from "@spotter/chat-client";
import type { Moment } from "./rules";

type Permission = Moment["permission"];

const listeners = new Set<() => void>();

/** What the browser allows; it may also be changed in the browser's own settings at any time. */
export const permission: Readable<Permission> & { ask(): Promise<Permission> } = {
  get: () => (typeof Notification === "undefined" ? "unsupported" : Notification.permission),
  subscribe(listener) {
    listeners.add(listener);
    document.addEventListener("visibilitychange", listener);
    return () => {
      listeners.delete(listener);
      document.removeEventListener("visibilitychange", listener);
    };
  },
  /** Only ever called from a press: browsers ask nobody otherwise. */
  async ask() {
    if (typeof Notification === "undefined") return "unsupported";
    const answer = await Notification.requestPermission();
    for (const listener of listeners) listener();
    return answer;
  },
};
