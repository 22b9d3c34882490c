// The machine's hands: sockets, timers, tokens. Decides nothing.
import type { Tokens } from "../api/token.ts";
import type { ClientFrame, Hello, ServerFrame } from "../protocol.ts";
import { type Readable, value } from "../store/readable.ts";
import { parseFrame } from "../wire/frames.ts";
import type { Action, Answer, Event, SocketId, State } from "./events.ts";
import { due, initial, polls, step } from "./machine.ts";
import { sameStatus, statusOf } from "./phase.ts";
import { Requests, type Response } from "./requests.ts";
import { type OpenSocket, openSocket, type Socket } from "./socket.ts";
import type { ChatStatus } from "./status.ts";

export interface Duties {
  url: string;
  tokens: Tokens;
  hello(): Hello;
  /** A frame whose answer proves the socket alive; null when there is nothing to ask about. */
  probe(ref: number): ClientFrame | null;
  /** Asks over HTTP why a socket was refused. */
  ask(): Promise<Answer>;
  frame(frame: ServerFrame): void;
  /** Something happened; `before` is what the state was. */
  changed(before: State): void;
}

export interface Clock {
  now(): number;
  random(): number;
}

export class Connection {
  /** Frames that could not be read, for whoever looks for a defect. */
  ignored = 0;
  readonly #duties: Duties;
  readonly #clock: Clock;
  readonly #open: OpenSocket;
  readonly #requests = new Requests();
  readonly #sockets = new Map<SocketId, Socket>();
  readonly #status = value<ChatStatus>(statusOf(initial));
  #state: State = initial;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unlisten: (() => void) | null = null;

  constructor(duties: Duties, clock: Clock, open: OpenSocket = openSocket) {
    this.#duties = duties;
    this.#clock = clock;
    this.#open = open;
  }

  get status(): Readable<ChatStatus> {
    return this.#status;
  }

  get state(): State {
    return this.#state;
  }

  get way(): "socket" | "http" | null {
    if (polls(this.#state)) return "http";
    return this.#state.link ? "socket" : null;
  }

  start(): void {
    this.#unlisten ??= listen((event) => this.on(event));
    this.on(globalThis.navigator?.onLine === false ? { type: "offline" } : { type: "start" });
  }

  /** Closes everything; only `reconnect` begins again. */
  stop(): void {
    this.#unlisten?.();
    this.#unlisten = null;
    clearTimeout(this.#timer);
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    this.#requests.lost();
    this.#state = { ...initial, attempt: { at: "refused", reason: "signed_out", code: null } };
    this.#status.set(statusOf(this.#state));
  }

  /** Whether it left. */
  send(frame: ClientFrame): boolean {
    const socket = this.#state.link && this.#sockets.get(this.#state.link.socket);
    socket?.send(JSON.stringify(frame));
    return Boolean(socket);
  }

  request(make: (ref: number) => ClientFrame): Promise<Response> {
    if (!this.#state.link) return Promise.resolve({ kind: "lost" });
    return this.#requests.ask(make, (frame) => this.send(frame));
  }

  nextRef(): number {
    return this.#requests.next();
  }

  on(event: Event): void {
    const before = this.#state;
    const { state, actions } = step(before, event, { now: this.#clock.now(), random: this.#clock.random() });
    this.#state = state;
    for (const action of actions) this.#do(action);
    if (before.link && before.link.socket !== this.#state.link?.socket) this.#requests.lost();
    this.#wakeAt(due(this.#state));
    const status = statusOf(this.#state);
    if (!sameStatus(status, this.#status.get())) this.#status.set(status);
    this.#duties.changed(before);
  }

  #wakeAt(at: number | null): void {
    clearTimeout(this.#timer);
    if (at === null) return;
    this.#timer = setTimeout(() => this.on({ type: "tick" }), Math.max(0, at - this.#clock.now()));
  }

  #do(action: Action): void {
    switch (action.do) {
      case "getToken":
        this.#duties.tokens.get().then(
          () => this.on({ type: "tokenReady" }),
          () => this.on({ type: "tokenFailed" }),
        );
        return;
      case "renewToken":
        void this.#renew();
        return;
      case "open":
        void this.#openSocket(action.socket);
        return;
      case "hello":
        this.#sockets.get(action.socket)?.send(JSON.stringify({ type: "hello", ...this.#duties.hello() }));
        return;
      case "pong":
        this.#sockets.get(action.socket)?.send('{"type":"pong"}');
        return;
      case "probe":
        this.#probe();
        return;
      case "close":
        this.#sockets.get(action.socket)?.close();
        this.#sockets.delete(action.socket);
        return;
      case "ask":
        void this.#duties.ask().then((answer) => this.on({ type: "answered", answer }));
        return;
    }
  }

  #probe(): void {
    const frame = this.#duties.probe(this.#requests.next());
    if (frame) this.send(frame);
    else if (this.#state.link) this.on({ type: "noise", socket: this.#state.link.socket });
  }

  async #renew(): Promise<void> {
    // Without a fresh token the server closes 4401, which asks once more.
    const token = await this.#duties.tokens.renew().catch(() => null);
    if (token !== null) this.send({ type: "auth", ref: this.#requests.next(), token });
  }

  async #openSocket(id: SocketId): Promise<void> {
    const token = await this.#duties.tokens.get().catch(() => null);
    if (token === null) {
      this.on({ type: "closed", socket: id, code: 1006 });
      return;
    }
    // The network may have gone while the token was fetched.
    const { attempt } = this.#state;
    if (attempt.at !== "connecting" || attempt.socket !== id) return;
    const socket = this.#open(this.#duties.url, token, {
      opened: () => this.on({ type: "opened", socket: id }),
      message: (raw) => this.#heard(id, raw),
      closed: (code) => {
        this.#sockets.delete(id);
        if (code === 4401) this.#duties.tokens.refused(token);
        this.on({ type: "closed", socket: id, code });
      },
    });
    this.#sockets.set(id, socket);
  }

  #heard(id: SocketId, raw: unknown): void {
    const frame = parseFrame(raw);
    if (!frame) {
      this.ignored += 1;
      this.on({ type: "noise", socket: id });
      return;
    }
    this.on({ type: "frame", socket: id, frame });
    if (this.#state.link?.socket !== id || this.#requests.answered(frame)) return;
    this.#duties.frame(frame);
  }
}

/** News of the network and of the machine's sleep. Answers how to stop listening. */
function listen(tell: (event: Event) => void): () => void {
  if (typeof window === "undefined") return () => {};
  const over = new AbortController();
  const on = (target: EventTarget, name: string, hear: () => void): void =>
    target.addEventListener(name, hear, { signal: over.signal });
  const wake = (): void => {
    if (document.visibilityState === "visible") tell({ type: "wake" });
  };
  on(window, "online", () => tell({ type: "online" }));
  on(window, "offline", () => tell({ type: "offline" }));
  on(window, "focus", wake);
  on(window, "pageshow", wake);
  on(document, "visibilitychange", wake);
  return () => over.abort();
}
