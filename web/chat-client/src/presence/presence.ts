import type { ServerFrame, UserId } from "../protocol.ts";
import type { Value } from "../store/readable.ts";

export interface Presence {
  online: boolean;
  lastSeenAt: string | null;
}

const WATCHED = 50;

/** Whether the peers on the screen are there. The list is said again on every new socket. */
export class Watching {
  readonly known: Value<ReadonlyMap<UserId, Presence>>;
  /** The server does not offer it: it is not asked again. */
  refused = false;
  /** Answers the number of the frame. */
  readonly #send: (userIds: readonly UserId[]) => number;
  #ref: number | null = null;
  #userIds: readonly UserId[] = [];

  constructor(known: Value<ReadonlyMap<UserId, Presence>>, send: (userIds: readonly UserId[]) => number) {
    this.known = known;
    this.#send = send;
  }

  watch(userIds: readonly UserId[]): void {
    const next = [...new Set(userIds)].slice(0, WATCHED);
    if (next.join() === this.#userIds.join()) return;
    this.#userIds = next;
    this.again();
  }

  again(): void {
    if (!this.refused && this.#userIds.length > 0) this.#ref = this.#send(this.#userIds);
  }

  /** Whether an answer with this number is about the list. */
  asked(ref: number | null | undefined): boolean {
    return this.#ref !== null && this.#ref === ref;
  }

  heard({ userId, online, lastSeenAt }: Extract<ServerFrame, { type: "presence" }>): void {
    this.known.set(new Map(this.known.get()).set(userId, { online, lastSeenAt: lastSeenAt ?? null }));
  }
}
