import { asApiError } from "../api/error.ts";
import type { Kept } from "../cache/database.ts";
import type {
  ConversationEntry,
  ConversationId,
  Epoch,
  ErrorCode,
  Message,
  ServerFrame,
  Sync,
  UserId,
} from "../protocol.ts";
import { type Cell, derived } from "../store/readable.ts";
import { Conversation } from "./conversation.ts";
import { byRecency } from "./entry.ts";
import type { ConversationLine, ConversationList } from "./list.ts";

/** What the book of conversations needs of the chat around it. */
export interface Duties {
  me(): UserId | undefined;
  /** Conversations whose peer types. */
  typing: ReadonlySet<ConversationId>;
  /** Something of the conversation is different: its views, what is kept, what is to be marked. */
  changed(conversation: Conversation): void;
  /** The copy has a hole, or is known to be behind. */
  behind(conversation: Conversation): void;
  /** The server told to drop the copy. */
  reset(conversation: Conversation): void;
  /** A message that was created just now. */
  arrived(message: Message): void;
  /** The next page of lines; `after` is where it begins. */
  page(after: string | null): Promise<{ entries: ConversationEntry[]; next: string | null }>;
}

/** Every conversation that is known here, and the list of them. */
export class Conversations {
  readonly list: Cell<ConversationList>;
  epoch: Epoch | null = null;
  readonly #duties: Duties;
  readonly #known = new Map<ConversationId, Conversation>();
  readonly #lines = new Map<ConversationId, ConversationLine>();
  #loading = true;
  #hasMore = false;
  /** Where the next page begins; null before the first was asked for over HTTP. */
  #next: string | null = null;
  #error: { code: ErrorCode } | null = null;
  #wasWelcomed = false;

  constructor(duties: Duties) {
    this.#duties = duties;
    const loadMore = (): Promise<void> => this.#loadMore();
    const retry = (): void => void this.#loadMore();
    this.list = derived(() => ({
      entries: this.#sorted(),
      loading: this.#loading,
      hasMore: this.#hasMore,
      error: this.#error,
      loadMore,
      retry,
    }));
  }

  get all(): Iterable<Conversation> {
    return this.#known.values();
  }

  get(id: ConversationId): Conversation {
    const known = this.#known.get(id);
    if (known) return known;
    const conversation = new Conversation(id, this.#duties.me);
    this.#known.set(id, conversation);
    return conversation;
  }

  restore(kept: readonly Kept[]): void {
    // Copies of different epochs do not go together; the one used last tells which counts.
    this.epoch ??= kept[0]?.epoch ?? null;
    for (const record of kept) {
      const isOf = record.epoch === this.epoch;
      this.get(record.conversationId).restore(isOf ? record : { ...record, copy: null });
    }
    if (kept.length > 0) this.#loading = false;
    this.list.invalidate();
  }

  /** Another epoch than the copies are of makes all of them stale, and the server's lines count alone. */
  adopt(epoch: Epoch): boolean {
    const isNew = this.epoch !== null && this.epoch !== epoch;
    this.epoch = epoch;
    if (isNew) for (const conversation of this.#known.values()) conversation.distrust();
    return isNew;
  }

  welcomed(entries: readonly ConversationEntry[], more: boolean, afresh: boolean): void {
    this.#loading = false;
    this.#error = null;
    this.#hasMore = more || (this.#hasMore && this.#next !== null);
    // What came while the socket was away is news too; what came before this page was opened is not.
    const missed = this.#wasWelcomed && !afresh ? entries.flatMap((entry) => this.#missed(entry)) : [];
    this.#wasWelcomed = true;
    this.takeEntries(entries, afresh);
    for (const message of missed) this.#duties.arrived(message);
  }

  /** Whatever lines a poll brought, there are no others to wait for. */
  polled(entries: readonly ConversationEntry[], afresh: boolean): void {
    this.#loading = false;
    this.takeEntries(entries, afresh);
  }

  takeEntries(entries: readonly ConversationEntry[], afresh = false): void {
    for (const entry of entries) {
      const conversation = this.get(entry.conversationId);
      conversation.takeEntry(entry, afresh);
      this.#duties.changed(conversation);
    }
    this.list.invalidate();
  }

  takeMessage({ conversationId, position, message }: Extract<ServerFrame, { type: "message" }>): void {
    const conversation = this.get(conversationId);
    const { outcome, isNew } = conversation.takeMessage(position, message);
    if (outcome === "hole") this.#duties.behind(conversation);
    if (isNew) this.#duties.arrived(message);
    this.changed(conversation);
  }

  takeSync(sync: Sync): void {
    const conversation = this.get(sync.conversationId);
    const { outcome, news } = conversation.takeSync(sync);
    if (outcome === "hole") this.#duties.behind(conversation);
    if (outcome === "reset") this.#duties.reset(conversation);
    for (const message of news) this.#duties.arrived(message);
    this.changed(conversation);
  }

  takeReceipt(receipt: Extract<ServerFrame, { type: "receipt" }>): void {
    const conversation = this.get(receipt.conversationId);
    conversation.takeReceipt(receipt);
    this.changed(conversation);
  }

  takeAccess({ conversationId, userId, canSend }: Extract<ServerFrame, { type: "access" }>): void {
    if (userId !== this.#duties.me()) return;
    const conversation = this.get(conversationId);
    conversation.set({ canSend });
    this.changed(conversation);
  }

  changed(conversation: Conversation): void {
    this.#duties.changed(conversation);
    this.list.invalidate();
  }

  #missed({ conversationId, lastMessage }: ConversationEntry): Message[] {
    const known = this.#known.get(conversationId)?.entry;
    const isNew = lastMessage && !lastMessage.deletedAt && lastMessage.seq > (known?.position ?? 0);
    return isNew ? [lastMessage] : [];
  }

  #sorted(): ConversationLine[] {
    const entries = [...this.#known.values()].flatMap(({ entry }) => (entry ? [entry] : []));
    return entries.sort(byRecency).map((entry) => this.#line(entry));
  }

  #line(entry: ConversationEntry): ConversationLine {
    const typing = this.#duties.typing.has(entry.conversationId);
    const known = this.#lines.get(entry.conversationId);
    if (known && known.typing === typing && isLineOf(known, entry)) return known;
    const line = { ...entry, typing };
    this.#lines.set(entry.conversationId, line);
    return line;
  }

  async #loadMore(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    this.#error = null;
    this.list.invalidate();
    try {
      const { entries, next } = await this.#duties.page(this.#next);
      this.#next = next;
      this.#hasMore = next !== null;
      this.takeEntries(entries);
    } catch (error) {
      this.#error = { code: asApiError(error).code };
    }
    this.#loading = false;
    this.list.invalidate();
  }
}

function isLineOf(line: ConversationLine, entry: ConversationEntry): boolean {
  return (Object.keys(entry) as (keyof ConversationEntry)[]).every((key) => line[key] === entry[key]);
}
