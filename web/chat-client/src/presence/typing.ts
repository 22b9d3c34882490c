import type { ConversationId } from "../protocol.ts";

const EVERY_MS = 3_000;

export interface Duties {
  now(): number;
  send(conversationId: ConversationId): boolean;
  changed(conversationId: ConversationId): void;
}

/** Who types where: told at most every 3 s, and forgotten when its time is over. */
export class Typing {
  /** The server does not offer it: it is not asked again. */
  refused = false;
  readonly #duties: Duties;
  readonly #told = new Map<ConversationId, number>();
  readonly #typing = new Map<ConversationId, ReturnType<typeof setTimeout>>();

  constructor(duties: Duties) {
    this.#duties = duties;
  }

  is(conversationId: ConversationId): boolean {
    return this.#typing.has(conversationId);
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
    clearTimeout(this.#typing.get(conversationId));
    this.#typing.set(
      conversationId,
      setTimeout(() => this.over(conversationId), ttlMs),
    );
    this.#duties.changed(conversationId);
  }

  /** The message is there, or the time is over. */
  over(conversationId: ConversationId): void {
    const timer = this.#typing.get(conversationId);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#typing.delete(conversationId);
    this.#duties.changed(conversationId);
  }
}
