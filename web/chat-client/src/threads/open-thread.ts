import { type ApiError, asApiError } from "../api/error.ts";
import type { Conversation, HistoryPage } from "../conversations/conversation.ts";
import { awaiting, gaveUp, left, type Page, type Replica, shown } from "../device/replica.ts";
import { placeOf, rowAt, type Window } from "../device/window.ts";
import { later } from "../later.ts";
import type { ChangeBody } from "../outbox/item.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { ConversationId, ErrorCode, MessageId, UserId } from "../protocol.ts";
import { type Cell, derived } from "../store/readable.ts";
import { uuidv7 } from "../wire/uuid.ts";
import { Composer } from "./compose.ts";
import type { Row } from "./row.ts";
import type { MessageBody, Thread, ThreadView } from "./view.ts";

export type Part = { before: number } | { after: number } | { around: number } | Record<string, never>;

/** What a thread needs of the chat around it. */
export interface Duties {
  me(): UserId | undefined;
  /** Resolves when it is known who asks. */
  ready: Promise<void>;
  outbox: Outbox;
  /** Conversations whose peer types. */
  typing: ReadonlySet<ConversationId>;
  history(part: Part): Promise<HistoryPage>;
  /** Whether a conversation that does not exist yet may be begun with its peer. */
  canBegin(): Promise<boolean>;
  /** Asks for the line of a conversation that `welcome` did not tell of. */
  learnLine(): Promise<void>;
  /** The copy changed: keep it, catch up if it is behind. */
  changed(): void;
  /** Somebody looks at the thread. */
  looked(): void;
  send(body: MessageBody): Promise<MessageId>;
  change(seq: number, body: ChangeBody): Promise<void>;
  markRead(seq: number): void;
  typed(): void;
}

type Paging = typeof import("../device/paging.ts");
const pagingCode = later(() => import("../device/paging.ts"));

const EMPTY: Window<Row> = { rows: [], hasOlder: false, hasNewer: false };

/** One conversation as a screen reads and writes it. */
export class OpenThread implements Thread {
  readonly view: Cell<ThreadView>;
  readonly #conversation: Conversation;
  readonly #duties: Duties;
  readonly #composer: Composer;
  #loading: ThreadView["loading"] = null;
  #loaded: Promise<void> | null = null;
  /** The page that is on its way; the next waits for it. */
  #paging: Promise<void> = Promise.resolve();
  #error: { code: ErrorCode } | null = null;
  /** Own mark when somebody began to look; the unread line is after it. Open until the server told of it. */
  #lineAfter: number | null | "open" = null;
  #looking = 0;
  #wasFound = false;

  constructor(conversation: Conversation, duties: Duties) {
    this.#conversation = conversation;
    this.#duties = duties;
    this.#composer = new Composer(conversation.id);
    const cell = derived(() => this.#compose());
    this.view = { ...cell, subscribe: (listener) => this.#look(cell.subscribe(listener)) };
  }

  get isLookedAt(): boolean {
    return this.#looking > 0;
  }

  /** Loads the newest page, if there is no copy that can be trusted. */
  open(): Promise<void> {
    const { replica } = this.#conversation;
    if (replica && !replica.stale) return Promise.resolve();
    this.#loaded ??= this.#load("first", async () => {
      await this.#duties.ready;
      await this.#openNewest();
    }).finally(() => {
      this.#loaded = null;
    });
    return this.#loaded;
  }

  /** What could not be loaded is tried again when there is a way again; what is not there stays so until `found`. */
  again(): void {
    if (this.isLookedAt && this.#error?.code !== "not_found") void this.open();
  }

  /** A conversation that was not there when it was opened may be begun by its peer. */
  found(): void {
    if (this.#error?.code !== "not_found" || this.#wasFound || !this.#conversation.entry) return;
    this.#wasFound = true;
    void this.open();
  }

  async loadOlder(): Promise<void> {
    const window = this.#window;
    const anchor = window.rows[0]?.seq;
    if (this.#loading || !window.hasOlder || anchor === undefined) return;
    await this.#page("older", { before: anchor }, ({ older }, replica, page) => older(replica, anchor, page));
  }

  async loadNewer(): Promise<void> {
    const window = this.#window;
    const anchor = window.rows.at(-1)?.seq;
    if (this.#loading || !window.hasNewer || anchor === undefined) return;
    await this.#page("newer", { after: anchor }, ({ newer }, replica, page) => newer(replica, anchor, page));
  }

  async jumpTo(seq: number): Promise<void> {
    await this.open();
    const { replica } = this.#conversation;
    if (!replica || rowAt(shown(replica).rows, seq)) return;
    if (rowAt(replica.tail.rows, seq)) return this.jumpToEnd();
    await this.#paging;
    await this.#page("older", { around: seq }, ({ around }, replica, page) => around(replica, page));
  }

  async jumpToEnd(): Promise<void> {
    await this.open();
    const { replica } = this.#conversation;
    if (!replica?.detour) return;
    this.#conversation.replica = left(replica);
    this.#changed();
  }

  async send(body: MessageBody): Promise<MessageId> {
    const sent = this.#duties.send(body);
    if (this.#window.hasNewer) await this.jumpToEnd();
    return sent;
  }

  edit(seq: number, text: string): Promise<void> {
    return this.#duties.change(seq, { kind: "edit", text });
  }

  remove(seq: number): Promise<void> {
    return this.#duties.change(seq, { kind: "delete" });
  }

  react(seq: number, emoji: string, on: boolean): Promise<void> {
    return this.#duties.change(seq, { kind: "react", emoji, on });
  }

  retry(id: MessageId): void {
    void this.#duties.outbox.retry(id, uuidv7());
  }

  discard(id: MessageId): void {
    void this.#duties.outbox.discard(id);
  }

  markRead(seq: number): void {
    this.#duties.markRead(seq);
  }

  typing(): void {
    this.#duties.typed();
  }

  get #window(): Window<Row> {
    const { replica } = this.#conversation;
    return replica ? shown(replica) : EMPTY;
  }

  #look(unsubscribe: () => void): () => void {
    this.#looking += 1;
    if (this.#looking === 1) {
      const { isTold, line } = this.#conversation;
      this.#lineAfter = isTold ? lineOf(line) : "open";
      this.view.invalidate();
      this.#duties.looked();
      void this.open();
    }
    let over = false;
    return () => {
      if (!over) this.#looking -= 1;
      over = true;
      unsubscribe();
    };
  }

  async #openNewest(): Promise<void> {
    try {
      this.#conversation.open(await this.#duties.history({}));
      if (!this.#conversation.entry) await this.#duties.learnLine();
    } catch (error) {
      // A conversation begins with its first message: one that is not there may be begun.
      const isNew = asApiError(error).code === "not_found" && !this.#conversation.entry;
      if (!isNew || !(await this.#duties.canBegin())) throw error;
      this.#conversation.open({ rows: [], position: 0, hasOlder: false, hasNewer: false });
    }
  }

  /** Changes that arrive while a page is on its way are held against it. */
  #page(
    loading: "older" | "newer",
    part: Part,
    put: (paging: Paging, replica: Replica<Row>, page: Page<Row>) => Replica<Row>,
  ): Promise<void> {
    const conversation = this.#conversation;
    this.#paging = this.#load(loading, async () => {
      if (conversation.replica) conversation.replica = awaiting(conversation.replica);
      try {
        const [paging, page] = await Promise.all([pagingCode(), this.#duties.history(part)]);
        const rows = page.rows.map((message) => conversation.row(message));
        if (conversation.replica) conversation.replica = put(paging, conversation.replica, { ...page, rows });
      } catch (error) {
        if (conversation.replica) conversation.replica = gaveUp(conversation.replica);
        throw error;
      }
    });
    return this.#paging;
  }

  async #load(what: NonNullable<ThreadView["loading"]>, load: () => Promise<void>): Promise<void> {
    this.#loading = what;
    this.view.invalidate();
    try {
      await load();
      this.#error = null;
    } catch (error) {
      const failure: ApiError = asApiError(error);
      this.#error = { code: failure.code };
    }
    this.#loading = null;
    this.#changed();
  }

  #changed(): void {
    this.view.invalidate();
    this.#duties.changed();
  }

  #compose(): ThreadView {
    const { id, line, entry } = this.#conversation;
    const window = this.#window;
    const me = this.#duties.me();
    return {
      conversationId: id,
      peerId: line.peerId,
      messages: me ? this.#composer.rows(window, this.#duties.outbox.of(id), me) : window.rows,
      hasOlder: window.hasOlder,
      hasNewer: window.hasNewer,
      loading: this.#loading ?? (this.#conversation.replica || this.#error ? null : "first"),
      error: this.#error,
      canSend: line.canSend && (this.#error?.code !== "not_found" || entry !== null),
      unread: line.unread,
      readSeq: line.readSeq,
      unreadFromSeq: this.#unreadFrom(window),
      typing: this.#duties.typing.has(id),
    };
  }

  #unreadFrom({ rows }: Window<Row>): number | null {
    // What a screen read before the server spoke is not taken off: the line is where the last visit ended.
    if (this.#lineAfter === "open" && this.#conversation.isTold)
      this.#lineAfter = lineOf(this.#conversation.told);
    if (typeof this.#lineAfter !== "number") return null;
    for (let place = placeOf(rows, this.#lineAfter + 1); place < rows.length; place++) {
      const row = rows[place];
      if (row && !row.own && !row.deletedAt) return row.seq;
    }
    return null;
  }
}

function lineOf({ unread, readSeq }: { unread: number; readSeq: number }): number | null {
  return unread > 0 ? readSeq : null;
}
