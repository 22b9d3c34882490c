import type { ConversationId, Epoch, Message, Sync, UserId } from "../../src/protocol.ts";

export const SYNC_ROWS = 2;
export const TOO_FAR = 7;

/** What the server keeps of one conversation: the truth that every device has to end with. */
export class Log {
  readonly id: ConversationId;
  epoch: Epoch;
  head = 0;
  readonly #rows = new Map<number, Message>();

  constructor(id: ConversationId, epoch: Epoch) {
    this.id = id;
    this.epoch = epoch;
  }

  get rows(): Message[] {
    return [...this.#rows.values()].sort((a, b) => a.seq - b.seq);
  }

  byId(id: string): Message | undefined {
    return this.rows.find((row) => row.id === id);
  }

  at(seq: number): Message | undefined {
    return this.#rows.get(seq);
  }

  send(senderId: UserId, id: string, text: string, more: Partial<Message> = {}): Message {
    this.head += 1;
    const sentAt = new Date(Date.UTC(2026, 0, 1) + this.head * 60_000).toISOString();
    return this.#put({
      id,
      conversationId: this.id,
      seq: this.head,
      position: this.head,
      senderId,
      text,
      attachments: [],
      replyTo: null,
      reactions: [],
      sentAt,
      editedAt: null,
      deletedAt: null,
      ...more,
    });
  }

  change(seq: number, change: Partial<Message>): Message | null {
    const row = this.#rows.get(seq);
    if (!row || row.deletedAt) return null;
    this.head += 1;
    return this.#put({ ...row, ...change, position: this.head });
  }

  remove(seq: number): Message | null {
    return this.change(seq, { text: null, attachments: [], deletedAt: "2026-01-02T00:00:00Z" });
  }

  /** A restore from an older backup: the newest changes never happened, and others take their numbers. */
  restore(epoch: Epoch, keep: number): void {
    this.epoch = epoch;
    for (const row of this.rows) if (row.position > keep) this.#rows.delete(row.seq);
    this.head = Math.max(0, ...this.rows.map(({ position }) => position));
  }

  /** The pages that answer a device at `after`. */
  sync(epoch: Epoch | null, after: number): Sync[] {
    const base = { conversationId: this.id, from: after, to: this.head, messages: [], more: false };
    if (epoch !== this.epoch) return [{ ...base, reset: "epoch_changed" }];
    if (after > this.head) return [{ ...base, reset: "ahead" }];
    const changed = this.rows
      .filter(({ position }) => position > after)
      .sort((a, b) => a.position - b.position);
    if (changed.length > TOO_FAR) return [{ ...base, reset: "too_far" }];
    const pages: Sync[] = [];
    let from = after;
    for (let start = 0; start + SYNC_ROWS < changed.length; start += SYNC_ROWS) {
      const messages = changed.slice(start, start + SYNC_ROWS);
      const to = messages.at(-1)?.position ?? from;
      pages.push({ conversationId: this.id, from, to, messages, more: true });
      from = to;
    }
    const rest = changed.slice(pages.length * SYNC_ROWS);
    return [...pages, { conversationId: this.id, from, to: this.head, messages: rest, more: false }];
  }

  page(part: { before?: number; after?: number; around?: number }, limit: number) {
    const rows = this.rows;
    const half = Math.ceil(limit / 2);
    const wanted =
      part.after !== undefined
        ? rows.filter(({ seq }) => seq > (part.after ?? 0)).slice(0, limit)
        : part.around !== undefined
          ? [
              ...rows.filter(({ seq }) => seq < (part.around ?? 0)).slice(-half),
              ...rows.filter(({ seq }) => seq >= (part.around ?? 0)).slice(0, half),
            ]
          : rows.filter(({ seq }) => seq < (part.before ?? Number.POSITIVE_INFINITY)).slice(-limit);
    const first = wanted[0]?.seq ?? part.before ?? 0;
    const last = wanted.at(-1)?.seq ?? part.after ?? Number.POSITIVE_INFINITY;
    return {
      rows: wanted,
      position: this.head,
      epoch: this.epoch,
      hasOlder: rows.some(({ seq }) => seq < first),
      hasNewer: rows.some(({ seq }) => seq > last),
    };
  }

  unreadOf(peerId: UserId, readSeq: number): number {
    return this.rows.filter((row) => row.senderId === peerId && row.seq > readSeq && !row.deletedAt).length;
  }

  #put(row: Message): Message {
    this.#rows.set(row.seq, row);
    return row;
  }
}
