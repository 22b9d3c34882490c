import type { State } from "./events.ts";
import type { ChatStatus } from "./status.ts";

export type Phase =
  | "idle"
  | "gettingToken"
  | "connecting"
  | "hello"
  | "syncing"
  | "live"
  | "handingOver"
  | "waiting"
  | "offline"
  | "asking"
  | "refused";

/** The state's name, for logs and tests. */
export function phaseOf({ attempt, link }: State): Phase {
  if (!link) return attempt.at;
  if (attempt.at !== "idle") return "handingOver";
  return link.synced ? "live" : "syncing";
}

export function statusOf(state: State): ChatStatus {
  const { attempt, link } = state;
  if (link) return { state: link.synced ? "connected" : "connecting" };
  switch (attempt.at) {
    case "refused":
      return { state: "error", reason: attempt.reason, code: attempt.code };
    case "offline":
      return { state: "disconnected", reason: "offline", retryAt: null };
    case "waiting":
      return { state: "disconnected", reason: "waiting", retryAt: attempt.until };
    default:
      return { state: "connecting" };
  }
}

export function sameStatus(a: ChatStatus, b: ChatStatus): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
