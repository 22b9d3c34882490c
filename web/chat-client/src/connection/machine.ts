// The connection as one state machine: no socket, no clock, no chance of its own. `step` takes what
// happened and says what to do; `due` says when to wake it with a `tick`.
import type { ErrorCode, ServerFrame } from "../protocol.ts";
import { FORBIDDEN, REPLACED, REVOKED, TOKEN_EXPIRED } from "../wire/numbers.ts";
import { backoffMs } from "./backoff.ts";
import type { Action, Answer, Event, Link, SocketId, State } from "./events.ts";
import type { Refusal } from "./status.ts";

export interface World {
  now: number;
  /** In [0, 1). */
  random: number;
}

export interface Step {
  state: State;
  actions: Action[];
}

export const CONNECT_TIMEOUT_MS = 5_000;
export const WELCOME_TIMEOUT_MS = 10_000;
export const STABLE_MS = 30_000;
/** What a silence is taken for: no close code came. */
const SILENT = 1006;
const BLOCKED_AFTER = 2;
const TOKENS_REFUSED = 2;
const TOKENS_MISSING = 3;

export const initial: State = {
  attempt: { at: "idle" },
  link: null,
  sockets: 0,
  failures: 0,
  blocked: 0,
  refusedTokens: 0,
  missingTokens: 0,
  heartbeat: { intervalMs: 25_000, graceMs: 10_000 },
  backoff: { minMs: 250, maxMs: 30_000 },
};

export function step(state: State, event: Event, world: World): Step {
  switch (event.type) {
    case "start":
      return state.attempt.at === "idle" && !state.link ? begin(state) : stay(state);
    case "reconnect":
      return reconnect(state);
    case "tokenReady":
      return state.attempt.at === "gettingToken" ? tokenReady(state, world) : stay(state);
    case "tokenFailed":
      return state.attempt.at === "gettingToken" ? tokenFailed(state, world) : stay(state);
    case "opened":
      return opened(state, event.socket, world);
    case "frame":
      return frame(state, event.socket, event.frame, world);
    case "noise":
      return stay(heard(state, event.socket, world.now));
    case "closed":
      return closed(state, event.socket, event.code, world);
    case "answered":
      return state.attempt.at === "asking" ? answered(state, event.answer, world) : stay(state);
    case "offline":
      return offline(state);
    case "online":
      return state.attempt.at === "offline" ? begin({ ...state, failures: 0 }) : wake(state, world);
    case "wake":
      return wake(state, world);
    case "tick":
      return tick(state, world);
  }
}

/** When the machine wants its next `tick`; null when only news can move it. */
export function due(state: State): number | null {
  const times: number[] = [];
  if ("until" in state.attempt) times.push(state.attempt.until);
  if (state.link) times.push(lifeline(state, state.link));
  return times.length > 0 ? Math.min(...times) : null;
}

/** Whether messages go and come over HTTP. */
export function polls(state: State): boolean {
  if (state.attempt.at === "offline" || state.attempt.at === "refused") return false;
  return state.link ? state.link.brokerAway : state.blocked >= BLOCKED_AFTER;
}

function stay(state: State): Step {
  return { state, actions: [] };
}

function begin(state: State): Step {
  return {
    state: { ...state, attempt: { at: "gettingToken" } },
    actions: [{ do: "getToken" }],
  };
}

function tokenReady(state: State, world: World): Step {
  const socket = state.sockets + 1;
  const missingTokens = 0;
  const until = world.now + CONNECT_TIMEOUT_MS;
  return {
    state: { ...state, missingTokens, sockets: socket, attempt: { at: "connecting", socket, until } },
    actions: [{ do: "open", socket }],
  };
}

/** The host page may be cut off like anybody: only when it refuses again and again is nobody signed in. */
function tokenFailed(state: State, world: World): Step {
  const missingTokens = state.missingTokens + 1;
  if (missingTokens >= TOKENS_MISSING && !state.link) return refuse(state, "signed_out", null);
  return wait({ ...state, missingTokens }, world);
}

function opened(state: State, socket: SocketId, { now }: World): Step {
  if (state.attempt.at !== "connecting" || state.attempt.socket !== socket) return stay(state);
  return {
    state: { ...state, attempt: { at: "hello", socket, until: now + WELCOME_TIMEOUT_MS } },
    actions: [{ do: "hello", socket }],
  };
}

function frame(state: State, socket: SocketId, frame: ServerFrame, world: World): Step {
  const alive = heard(state, socket, world.now);
  if (frame.type === "ping") return { state: alive, actions: [{ do: "pong", socket }] };
  if (frame.type === "welcome") return welcomed(alive, socket, frame, world);
  if (alive.link?.socket !== socket) return stay(alive);
  switch (frame.type) {
    case "synced":
      return stay({ ...alive, link: { ...alive.link, synced: true } });
    case "status":
      return stay({ ...alive, link: { ...alive.link, brokerAway: !frame.live } });
    case "authExpiring":
      return { state: alive, actions: [{ do: "renewToken" }] };
    case "reconnect":
      // The way to the next socket begins after the time the server asks for, while this one lives on.
      if (alive.attempt.at !== "idle") return stay(alive);
      return stay({ ...alive, attempt: { at: "waiting", until: world.now + frame.afterMs } });
    default:
      return stay(alive);
  }
}

function welcomed(
  state: State,
  socket: SocketId,
  { heartbeat, backoff }: Extract<ServerFrame, { type: "welcome" }>,
  { now }: World,
): Step {
  if (state.attempt.at !== "hello" || state.attempt.socket !== socket) return stay(state);
  const link: Link = { socket, synced: false, since: now, heard: now, probeUntil: null, brokerAway: false };
  const actions: Action[] = state.link ? [{ do: "close", socket: state.link.socket }] : [];
  return {
    state: { ...state, heartbeat, backoff, link, blocked: 0, refusedTokens: 0, attempt: { at: "idle" } },
    actions,
  };
}

function closed(state: State, socket: SocketId, code: number, world: World): Step {
  if (state.link?.socket === socket) return linkLost(state, state.link, code, world);
  const { attempt } = state;
  if (!("socket" in attempt) || attempt.socket !== socket) return stay(state);
  const final = refusalOf(code);
  if (final) return refuse(state, final, null);
  if (attempt.at === "connecting") return askWhy(state);
  if (code === TOKEN_EXPIRED) return tokenRefused(state, "token_expired", world);
  return unwelcome(state, world);
}

/** A socket that opens and says nothing may be a proxy that only lets the beginning through. */
function unwelcome(state: State, world: World): Step {
  return wait({ ...state, blocked: state.blocked + 1 }, world);
}

/** The browser does not say why an upgrade failed. HTTP does, with a token as fresh. */
function askWhy(state: State): Step {
  return { state: { ...state, attempt: { at: "asking" } }, actions: [{ do: "ask" }] };
}

function linkLost(state: State, link: Link, code: number, world: World): Step {
  const failures = world.now - link.since >= STABLE_MS ? 0 : state.failures;
  const without: State = { ...state, link: null, failures };
  const underWay = state.attempt.at !== "idle" && state.attempt.at !== "waiting";
  // During a hand-over the next socket may be what closed this one (4504): it goes on.
  if (underWay) return stay(without);
  const final = refusalOf(code);
  if (final) return refuse(without, final, null);
  // A token that was good for a while has simply run out; one that never was takes its turn.
  if (code === TOKEN_EXPIRED && world.now - link.since > CONNECT_TIMEOUT_MS) return begin(without);
  return wait(without, world);
}

function refusalOf(code: number): Refusal | null {
  if (code < 4500 || code > 4999) return null;
  if (code === FORBIDDEN) return "forbidden";
  if (code === REPLACED) return "replaced";
  return code === REVOKED ? "revoked" : "protocol";
}

function answered(state: State, answer: Answer, world: World): Step {
  if (answer.kind === "fine") return wait({ ...state, blocked: state.blocked + 1 }, world);
  if (answer.code === "forbidden") return refuse(state, "forbidden", answer.code);
  if (answer.code === "unauthenticated" || answer.code === "token_expired") {
    return tokenRefused(state, answer.code, world);
  }
  return wait(state, world, answer.retryAfterMs ?? 0);
}

/** A refused token is asked for once more; one that is refused again means signed out. */
function tokenRefused(state: State, code: ErrorCode, world: World): Step {
  const refusedTokens = state.refusedTokens + 1;
  if (refusedTokens >= TOKENS_REFUSED) return refuse(state, "signed_out", code);
  return wait({ ...state, refusedTokens }, world);
}

function wait(state: State, { now, random }: World, atLeastMs = 0): Step {
  const delay = Math.max(atLeastMs, backoffMs(state.failures, state.backoff, random));
  return stay({ ...state, failures: state.failures + 1, attempt: { at: "waiting", until: now + delay } });
}

function refuse(state: State, reason: Refusal, code: ErrorCode | null): Step {
  return drop({ ...state, attempt: { at: "refused", reason, code } }, state);
}

function offline(state: State): Step {
  if (state.attempt.at === "refused") return stay(state);
  return drop({ ...state, attempt: { at: "offline" } }, state);
}

function reconnect(state: State): Step {
  if (state.attempt.at !== "waiting" && state.attempt.at !== "offline" && state.attempt.at !== "refused") {
    return stay(state);
  }
  return begin({ ...state, failures: 0, refusedTokens: 0 });
}

/** Closes whatever `before` had open. */
function drop(state: State, before: State): Step {
  const actions: Action[] = [];
  if (before.link) actions.push({ do: "close", socket: before.link.socket });
  if ("socket" in before.attempt) actions.push({ do: "close", socket: before.attempt.socket });
  return { state: { ...state, link: null }, actions };
}

/** After sleep or a change of network: an attempt at once, or a question on the socket there is. */
function wake(state: State, world: World): Step {
  if (!state.link) return waits(state.attempt) ? begin(state) : stay(state);
  if (world.now >= lifeline(state, state.link)) return tick(state, world);
  if (state.link.probeUntil !== null) return stay(state);
  const probeUntil = world.now + CONNECT_TIMEOUT_MS;
  return { state: { ...state, link: { ...state.link, probeUntil } }, actions: [{ do: "probe" }] };
}

/** Also for a host page that had no token: it may have one by then. */
function waits(attempt: State["attempt"]): boolean {
  return (
    attempt.at === "waiting" || (attempt.at === "refused" && attempt.reason === "signed_out" && !attempt.code)
  );
}

function tick(state: State, world: World): Step {
  const { link, attempt } = state;
  if (link && world.now >= lifeline(state, link)) {
    const lost = linkLost(state, link, SILENT, world);
    return { state: lost.state, actions: [{ do: "close", socket: link.socket }, ...lost.actions] };
  }
  if (!("until" in attempt) || world.now < attempt.until) return stay(state);
  if (attempt.at === "waiting") return begin(state);
  const failed = attempt.at === "connecting" ? askWhy(state) : unwelcome(state, world);
  return { state: failed.state, actions: [{ do: "close", socket: attempt.socket }, ...failed.actions] };
}

function lifeline(state: State, link: Link): number {
  const silent = link.heard + state.heartbeat.intervalMs + state.heartbeat.graceMs;
  return link.probeUntil === null ? silent : Math.min(silent, link.probeUntil);
}

function heard(state: State, socket: SocketId, now: number): State {
  if (state.link?.socket !== socket) return state;
  return { ...state, link: { ...state.link, heard: now, probeUntil: null } };
}
