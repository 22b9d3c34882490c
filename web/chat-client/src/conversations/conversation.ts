import type { Kept } from "../cache/database.ts";
import {
  find,
  gaveUp,
  type Outcome,
  opened,
  type Page,
  type Replica,
  received,
  repainted,
  synced,
} from "../device/replica.ts";
import type {
  ConversationEntry,
  ConversationId,
  Epoch,
  Message,
  ServerFrame,
  Sync,
  UserId,
} from "../protocol.ts";
import { type Row, ticked, toMessage, toRow } from "../threads/row.ts";
import { blankEntry, merged, withReceipt, withRows } from "./entry.ts";

/** How many of the newest rows are kept for the next start. */
const KEPT_ROWS = 100;

export type HistoryPage = Omit<Page<Row>, "rows"> & { rows: readonly Message[] };
type Marks = Pick<ConversationEntry, "readSeq" | "deliveredSeq">;

/** What one conversation is here: its line, its copy of the log, and what the server was told of it. */
export class Conversation {
  readonly id: ConversationId;
  /** Null until the server or the local copy told of it. */
  entry: ConversationEntry | null = null;
  replica: Replica<Row> | null = null;
  /** Own marks as the server last said them. */
  told: Marks = { readSeq: 0, deliveredSeq: 0 };
  /** When it was last of use here. */
  at = 0;
  readonly #me: () => UserId | undefined;

  constructor(id: ConversationId, me: () => UserId | undefined) {
    this.id = id;
    this.#me = me;
  }

  /** The line, or what it is taken for before anything is known. */
  get line(): ConversationEntry {
    return this.entry ?? blankEntry(this.id, this.#me());
  }

  /** The server's word on the line; after a change of epoch it alone counts. */
  takeEntry(entry: ConversationEntry, afresh: boolean): void {
    this.told = entry;
    this.#setEntry(merged(afresh ? null : this.entry, entry));
  }

  /** Answers what the rules of the log made of it, and whether it created a message. */
  takeMessage(position: number, message: Message): { outcome: Outcome | null; isNew: boolean } {
    const isNew = message.seq > this.line.position && !message.deletedAt;
    this.#setEntry(withRows(this.line, [message], position));
    if (!this.replica) return { outcome: null, isNew };
    const { replica, outcome } = received(this.replica, position, this.row(message));
    this.replica = replica;
    return { outcome, isNew };
  }

  /** Answers the messages that are new to the line. */
  takeSync(sync: Sync): { outcome: Outcome | null; news: Message[] } {
    const before = this.line;
    const reset = sync.reset !== undefined && sync.reset !== null;
    if (!reset) this.#setEntry(withRows(before, sync.messages, sync.to));
    const news = sync.messages.filter(({ seq, deletedAt }) => seq > before.position && !deletedAt);
    if (!this.replica) return { outcome: null, news };
    const rows = sync.messages.map((message) => this.row(message));
    const { replica, outcome } = synced(this.replica, { from: sync.from, to: sync.to, rows, reset });
    this.replica = replica;
    return { outcome, news };
  }

  takeReceipt(receipt: Extract<ServerFrame, { type: "receipt" }>): void {
    if (receipt.userId !== this.line.peerId) this.told = receipt;
    this.#setEntry(withReceipt(this.line, receipt));
  }

  set(change: Partial<ConversationEntry>): void {
    this.#setEntry({ ...this.line, ...change });
  }

  /** The newest page of history: the copy begins anew. */
  open(page: HistoryPage): void {
    this.replica = opened({ ...page, rows: page.rows.map((message) => this.row(message)) });
    if (this.entry) this.set({ position: Math.max(this.entry.position, page.position) });
  }

  restore({ entry, copy, at }: Kept): void {
    this.at = at;
    if (!this.entry) {
      this.entry = entry;
      this.told = entry;
    }
    if (copy && !this.replica) this.open({ ...copy, rows: copy.rows, hasNewer: false });
  }

  /** What is kept of it; null when there is nothing worth keeping. */
  record(epoch: Epoch): Kept | null {
    if (!this.entry) return null;
    const { id: conversationId, entry, at } = this;
    if (!this.replica || this.replica.stale) return { conversationId, entry, epoch, copy: null, at };
    const { position, tail } = this.replica;
    const rows = tail.rows.slice(-KEPT_ROWS);
    const hasOlder = tail.hasOlder || rows.length < tail.rows.length;
    return { conversationId, entry, epoch, copy: { position, rows: rows.map(toMessage), hasOlder }, at };
  }

  /** Another epoch: nothing of the copy can be trusted. */
  distrust(): void {
    if (this.replica) this.replica = { ...gaveUp(this.replica), stale: true };
  }

  /** The copy lacks something that the server is known to have. */
  get isBehind(): boolean {
    return this.replica !== null && !this.replica.stale && this.replica.position < this.line.position;
  }

  row(message: Message): Row {
    return toRow(message, this.#me(), this.line);
  }

  find(seq: number): Row | undefined {
    return this.replica ? find(this.replica, seq) : undefined;
  }

  #setEntry(next: ConversationEntry): void {
    const before = this.line;
    this.entry = next;
    if (!this.replica) return;
    const from = Math.min(before.peerDeliveredSeq, before.peerReadSeq) + 1;
    const to = Math.max(next.peerDeliveredSeq, next.peerReadSeq);
    const moved = next.peerReadSeq > before.peerReadSeq || next.peerDeliveredSeq > before.peerDeliveredSeq;
    if (moved) this.replica = repainted(this.replica, from, to, (row) => ticked(row, next));
  }
}
