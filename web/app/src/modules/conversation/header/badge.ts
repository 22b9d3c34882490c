import type { ChatStatus } from "@spotter/chat-client";

/** What the connection badge shows for a status. */
export interface Badge {
  tone: "ok" | "busy" | "waiting" | "bad";
  label: string;
  /** Why, in a sentence; shown beside the badge where there is room, and read out. */
  detail: string | null;
  retryAt: number | null;
  reconnect: boolean;
}

export function badgeOf(status: ChatStatus): Badge {
  switch (status.state) {
    case "connecting":
      return { tone: "busy", label: "badge.connecting", detail: null, retryAt: null, reconnect: false };
    case "connected":
      return { tone: "ok", label: "badge.connected", detail: null, retryAt: null, reconnect: false };
    case "disconnected":
      return {
        tone: "waiting",
        label: "badge.disconnected",
        detail: status.reason === "offline" ? "badge.offline" : null,
        retryAt: status.retryAt,
        reconnect: true,
      };
    case "error":
      return {
        tone: "bad",
        label: "badge.error",
        detail: `badge.error.${status.reason}`,
        retryAt: null,
        reconnect: true,
      };
  }
}

/** Whole seconds until a moment, never less than zero. */
export function secondsUntil(moment: number, now: number): number {
  return Math.max(0, Math.ceil((moment - now) / 1000));
}
