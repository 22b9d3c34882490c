import type { Action, Event, State } from "../../src/connection/events.ts";
import { due, initial, step } from "../../src/connection/machine.ts";
import { phaseOf, statusOf } from "../../src/connection/phase.ts";
import type { ServerFrame } from "../../src/protocol.ts";

export const welcome: Extract<ServerFrame, { type: "welcome" }> = {
  type: "welcome",
  protocol: 1,
  session: "s",
  user: { id: "u", role: "User" },
  epoch: "e",
  expiresAt: "",
  serverTime: "",
  heartbeat: { intervalMs: 25_000, graceMs: 10_000 },
  backoff: { minMs: 250, maxMs: 30_000 },
  limits: { frameBytes: 1, textChars: 1, attachments: 1, editWindowMs: 1, uploads: [] },
  conversations: [],
  more: false,
};

/** The machine with a clock that only the test moves. */
export class Machine {
  state: State = initial;
  now = 1_000_000;
  random = 0.5;
  /** What the last event made it do. */
  did: string[] = [];
  /** Sockets that were opened and neither closed by it nor for it. */
  readonly open = new Set<number>();

  on(event: Event): this {
    const { state, actions } = step(this.state, event, { now: this.now, random: this.random });
    this.state = state;
    this.did = actions.map((action) => this.#note(action));
    if (event.type === "closed") this.open.delete(event.socket);
    return this;
  }

  frame(socket: number, frame: ServerFrame): this {
    return this.on({ type: "frame", socket, frame });
  }

  /** Lets time pass, with a tick when the machine asked for one; then perhaps a frame is heard. */
  wait(ms: number, then?: "heard"): this {
    const end = this.now + ms;
    for (let at = due(this.state); at !== null && at <= end; at = due(this.state)) {
      this.now = Math.max(this.now, at);
      this.on({ type: "tick" });
    }
    this.now = end;
    if (then && this.state.link)
      this.state = step(this.state, { type: "noise", socket: this.state.link.socket }, this).state;
    return this;
  }

  start(): this {
    return this.on({ type: "start" }).on({ type: "tokenReady" });
  }

  live(): this {
    return this.start().welcomed();
  }

  welcomed(): this {
    const socket = this.state.sockets;
    this.on({ type: "opened", socket });
    this.frame(socket, welcome);
    return this.frame(socket, { type: "synced" });
  }

  lose(code: number): this {
    return this.on({ type: "closed", socket: this.state.link?.socket ?? 0, code });
  }

  comeBack(): this {
    this.wait((this.next ?? this.now) - this.now);
    return this.on({ type: "tokenReady" }).welcomed();
  }

  get next(): number | null {
    return due(this.state);
  }

  get phase(): string {
    return phaseOf(this.state);
  }

  get status(): unknown {
    return statusOf(this.state);
  }

  #note(action: Action): string {
    if (action.do === "open") this.open.add(action.socket);
    if (action.do === "close") this.open.delete(action.socket);
    return "socket" in action ? `${action.do} ${action.socket}` : action.do;
  }
}
