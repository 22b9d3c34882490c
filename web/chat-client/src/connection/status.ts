import type { ErrorCode } from "../protocol.ts";

/** Why nothing is tried any more. */
export type Refusal = "signed_out" | "forbidden" | "replaced" | "revoked" | "protocol";

/** What the badge shows: one union, one badge. */
export type ChatStatus =
  | { state: "connecting" }
  | { state: "connected" }
  /** `retryAt`: epoch milliseconds of the next attempt; null while the device is offline. */
  | { state: "disconnected"; reason: "offline" | "waiting"; retryAt: number | null }
  /** Refused for good: only `reconnect()` or a new sign-in helps. */
  | { state: "error"; reason: Refusal; code: ErrorCode | null };
