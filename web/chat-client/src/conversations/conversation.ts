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
type Marks = Pick<ConversationEntry, "readSeq" | "deliveredSeq" | "unread">;

/** What one conversation is here: its line, its copy of the log, and what the server was told of it. */
export class Conversation {
  readonly id: ConversationId;
  /** Null until the server or the local copy told of it. */
  entry: ConversationEntry | null = null;
  replica: Replica<Row> | null = null;
  /** Own marks as the server last said them. */
  told: Marks = { readSeq: 0, deliveredSeq: 0, unread: 0 };
  /** Whether the server said anything of it to this page. */
  isTold = false;
  /** When it was last of use here. */
  at = 0;
  /** The highest position that was ever heard of. */
  #head = 0;
  /** Up to here the server itself counted what is unread; the rows that were counted here since. */
  #countedTo = 0;
  readonly #counted = new Set<number>();
  #isAnew = false;
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
    this.isTold = true;
    if (afresh || entry.position >= this.line.position) this.#countFrom(entry.position);
    this.#setEntry(merged(afresh ? null : this.entry, entry));
  }

  /** Answers what the rules of the log made of it, and whether it created a message. */
  takeMessage(position: number, message: Message): { outcome: Outcome | null; isNew: boolean } {
    this.#head = Math.max(this.#head, position);
    const taken = this.replica && received(this.replica, position, this.row(message));
    // What lies in a hole comes with `sync`: the line counts it then, and what is beyond it after that.
    if (taken?.outcome === "hole") return { outcome: "hole", isNew: false };
    if (taken) this.replica = taken.replica;
    const news = this.#takeRows([message], position);
    return { outcome: taken?.outcome ?? null, isNew: news.length > 0 };
  }

  /** Answers the messages that are new to the line. */
  takeSync(sync: Sync): { outcome: Outcome | null; news: Message[] } {
    const reset = sync.reset !== undefined && sync.reset !== null;
    const rows = sync.messages.map((message) => this.row(message));
    const taken = this.replica && synced(this.replica, { from: sync.from, to: sync.to, rows, reset });
    if (taken) this.replica = taken.replica;
    if (reset || taken?.outcome === "hole") return { outcome: taken?.outcome ?? null, news: [] };
    return { outcome: taken?.outcome ?? null, news: this.#takeRows(sync.messages, sync.to) };
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
    this.#isAnew = true;
    this.replica = opened({ ...page, rows: page.rows.map((message) => this.row(message)) });
  }

  restore({ entry, copy, at }: Kept): void {
    this.at = at;
    if (!this.entry) {
      this.entry = entry;
      this.told = entry;
      this.#countFrom(entry.position);
    }
    if (copy && !this.replica) this.open({ ...copy, rows: copy.rows, hasNewer: false });
    this.#isAnew = false;
  }

  /** What is kept of it; null when there is nothing worth keeping. */
  record(epoch: Epoch): Kept | null {
    if (!this.entry) return null;
    const { id: conversationId, entry, at } = this;
    if (!this.replica || this.replica.stale) return { conversationId, entry, epoch, copy: null, at };
    const { position, tail } = this.replica;
    const rows = tail.rows.slice(-KEPT_ROWS);
    const hasOlder = tail.hasOlder || rows.length < tail.rows.length;
    const anew = this.#isAnew;
    this.#isAnew = false;
    return {
      conversationId,
      entry,
      epoch,
      copy: { position, rows: rows.map(toMessage), hasOlder },
      anew,
      at,
    };
  }

  /** Another epoch: nothing of the copy can be trusted. */
  distrust(): void {
    this.#head = 0;
    this.#countFrom(0);
    if (this.replica) this.replica = { ...gaveUp(this.replica), stale: true };
  }

  /** The copy lacks something that the server is known to have. */
  get isBehind(): boolean {
    const { replica, line } = this;
    return replica !== null && !replica.stale && replica.position < Math.max(this.#head, line.position);
  }

  row(message: Message): Row {
    return toRow(message, this.#me(), this.line);
  }

  find(seq: number): Row | undefined {
    return this.replica ? find(this.replica, seq) : undefined;
  }

  /** Answers the messages that the line had never counted. */
  #takeRows(rows: readonly Message[], head: number): Message[] {
    const before = this.line.position;
    const isNew = ({ seq }: Message): boolean => seq > this.#countedTo && !this.#counted.has(seq);
    const fresh = rows.filter((row) => row.position > before && isNew(row));
    this.#setEntry(withRows(this.line, rows, head, isNew));
    for (const { seq } of fresh) this.#counted.add(seq);
    return fresh.filter(({ deletedAt }) => !deletedAt);
  }

  #countFrom(position: number): void {
    this.#countedTo = position;
    this.#counted.clear();
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
