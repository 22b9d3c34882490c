import type { ConversationId } from "../protocol.ts";

const EVERY_MS = 3_000;

export interface Duties {
  now(): number;
  /** Who is seen to type; written here. */
  typing: Set<ConversationId>;
  send(conversationId: ConversationId): boolean;
  changed(conversationId: ConversationId): void;
}

/** Who types where: told at most every 3 s, and forgotten when its time is over. */
export class Typing {
  /** The server does not offer it: it is not asked again. */
  refused = false;
  readonly #duties: Duties;
  readonly #told = new Map<ConversationId, number>();
  readonly #timers = new Map<ConversationId, ReturnType<typeof setTimeout>>();

  constructor(duties: Duties) {
    this.#duties = duties;
  }

  typed(conversationId: ConversationId): void {
    const now = this.#duties.now();
    if (this.refused || now - (this.#told.get(conversationId) ?? Number.NEGATIVE_INFINITY) < EVERY_MS) return;
    if (this.#duties.send(conversationId)) this.#told.set(conversationId, now);
  }

  /** A message was sent: the next key is told at once. */
  sent(conversationId: ConversationId): void {
    this.#told.delete(conversationId);
  }

  heard(conversationId: ConversationId, ttlMs: number): void {
    clearTimeout(this.#timers.get(conversationId));
    this.#timers.set(
      conversationId,
      setTimeout(() => this.over(conversationId), ttlMs),
    );
    this.#duties.typing.add(conversationId);
    this.#duties.changed(conversationId);
  }

  /** The message is there, or the time is over. */
  over(conversationId: ConversationId): void {
    const timer = this.#timers.get(conversationId);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#timers.delete(conversationId);
    this.#duties.typing.delete(conversationId);
    this.#duties.changed(conversationId);
  }
}
