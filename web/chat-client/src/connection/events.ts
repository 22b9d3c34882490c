// What the machine of machine.ts is in, hears and answers.
import type { ErrorCode, ServerFrame } from "../protocol.ts";
import type { Refusal } from "./status.ts";

/** Numbers the sockets of one client, so that late news of an old one is recognised. */
export type SocketId = number;

/** The way to the next socket. */
export type Attempt =
  | { at: "idle" }
  | { at: "gettingToken" }
  | { at: "connecting"; socket: SocketId; until: number }
  | { at: "hello"; socket: SocketId; until: number }
  /** A socket was refused before its upgrade; HTTP tells why. */
  | { at: "asking" }
  | { at: "waiting"; until: number }
  | { at: "offline" }
  | { at: "refused"; reason: Refusal; code: ErrorCode | null };

/** The socket in use: from its `welcome` until it ends. */
export interface Link {
  socket: SocketId;
  synced: boolean;
  since: number;
  /** When the last frame came; written by every frame. */
  heard: number;
  /** A sign of life is due by then; written by a probe, cleared by any frame. */
  probeUntil: number | null;
  /** The server cannot reach its broker: sending and reading go over HTTP. */
  brokerAway: boolean;
}

export interface State {
  attempt: Attempt;
  link: Link | null;
  sockets: SocketId;
  /** Failed attempts since the last that lived for 30 s; spreads the next. */
  failures: number;
  /** Sockets in a row that could not connect while HTTP answered. */
  blocked: number;
  /** Tokens refused in a row. */
  refusedTokens: number;
  /** Times in a row that the host page had none. */
  missingTokens: number;
  heartbeat: { intervalMs: number; graceMs: number };
  backoff: { minMs: number; maxMs: number };
}

/** What HTTP said when asked why a socket was refused. */
export type Answer = { kind: "fine" } | { kind: "refused"; code: ErrorCode; retryAfterMs: number | null };

export type Event =
  | { type: "start" }
  /** The person asks for an attempt at once. */
  | { type: "reconnect" }
  | { type: "tokenReady" }
  | { type: "tokenFailed" }
  | { type: "opened"; socket: SocketId }
  | { type: "frame"; socket: SocketId; frame: ServerFrame }
  /** Some frame that could not be read: a sign of life all the same. */
  | { type: "noise"; socket: SocketId }
  | { type: "closed"; socket: SocketId; code: number }
  | { type: "answered"; answer: Answer }
  | { type: "online" }
  | { type: "offline" }
  /** The tab was looked at again, or the machine woke. */
  | { type: "wake" }
  | { type: "tick" };

export type Action =
  | { do: "getToken" }
  | { do: "renewToken" }
  | { do: "open"; socket: SocketId }
  | { do: "hello"; socket: SocketId }
  | { do: "pong"; socket: SocketId }
  | { do: "probe" }
  | { do: "close"; socket: SocketId }
  | { do: "ask" };
