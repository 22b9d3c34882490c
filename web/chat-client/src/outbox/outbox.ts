import { type ApiError, errorOf, isRetryable } from "../api/error.ts";
import type { ConversationId, ErrorCode, MessageId } from "../protocol.ts";
import type { Outcome } from "./delivery.ts";
import type { Acked, Item } from "./item.ts";
import type { Locks } from "./locks.ts";
import type { Store } from "./store.ts";

/** The way items go out by: changes of messages have none over HTTP. */
export type Way = "socket" | "http";

/** What one tab tells the others of the same person. */
export interface Notice {
  conversationId: ConversationId;
  settled?: { id: MessageId; acked: Acked | null; refused: ErrorCode | null };
}

export interface Edges {
  /** Where items are kept, from when it is known whose they are. */
  store(): Promise<Store>;
  locks: Locks;
  way(): Way | null;
  deliver(item: Item, way: Way, attempts: number): Promise<Outcome>;
  /** Whether the copy of the conversation has everything up to `position`, or there is no copy. */
  hasArrived(conversationId: ConversationId, position: number): boolean;
  changed(conversationId: ConversationId): void;
  tell(notice: Notice): void;
  later(ms: number, run: () => void): void;
}

const AGAIN_MS = 1_000;

interface Waiter {
  resolve(): void;
  reject(error: ApiError): void;
}

/** Keeps what is to be sent until the server has it: stored first, in order, one at a time. */
export class Outbox {
  readonly #edges: Edges;
  /** What a screen shows, in order; follows the store. */
  readonly #items = new Map<ConversationId, readonly Item[]>();
  /** Conversations being drained; true when something was added since that the drain may have missed. */
  readonly #draining = new Map<ConversationId, boolean>();
  /** Conversations whose next attempt has its time: nothing is sent before. */
  readonly #resting = new Set<ConversationId>();
  readonly #attempts = new Map<MessageId, number>();
  readonly #waiters = new Map<MessageId, Waiter>();

  constructor(edges: Edges) {
    this.#edges = edges;
  }

  /** Takes up what an earlier page left. */
  async open(): Promise<void> {
    for (const item of await (await this.#edges.store()).all()) {
      const items = this.of(item.conversationId);
      if (!items.some(({ id }) => id === item.id)) this.#show(item.conversationId, [...items, item]);
    }
    this.kick();
  }

  of(conversationId: ConversationId): readonly Item[] {
    return this.#items.get(conversationId) ?? [];
  }

  /** Resolves when the item is stored; only then is it sent for the first time. */
  async add(item: Item): Promise<void> {
    const { conversationId } = item;
    this.#show(conversationId, [...this.of(conversationId), item]);
    this.#replace(await (await this.#edges.store()).add(item));
    this.#edges.tell({ conversationId });
    void this.#drain(conversationId);
  }

  /** Like `add`; resolves when the server has it. */
  async addAndWait(item: Item): Promise<void> {
    const settled = new Promise<void>((resolve, reject) => this.#waiters.set(item.id, { resolve, reject }));
    await this.add(item);
    return settled;
  }

  /** There is a way again, or another one. */
  kick(): void {
    for (const conversationId of this.#items.keys()) void this.#drain(conversationId);
  }

  async retry(id: MessageId, newId: MessageId): Promise<void> {
    const item = this.#find(id);
    if (!item?.failure) return;
    if (item.failure.code === "idempotency_conflict") {
      await this.discard(id);
      const { order: _order, ...again } = item;
      return this.add({ ...again, id: newId, failure: null } as Item);
    }
    const again = { ...item, failure: null };
    this.#replace(again);
    await (await this.#edges.store()).put(again);
    this.#edges.tell({ conversationId: item.conversationId });
    void this.#drain(item.conversationId);
  }

  async discard(id: MessageId): Promise<void> {
    const item = this.#find(id);
    if (!item || item.inFlight || item.acked) return;
    this.#forget(item);
    await (await this.#edges.store()).remove(id);
    this.#edges.tell({ conversationId: item.conversationId });
  }

  /** Rows arrived: a message of ours among them needs no sending any more, and what was acked is shown by its row. */
  arrived(conversationId: ConversationId, ids: ReadonlySet<MessageId>): void {
    for (const item of this.of(conversationId)) {
      if (ids.has(item.id) && !item.acked) void this.#settle(item, { position: 0, seq: null, sentAt: null });
      else if (item.acked && this.#edges.hasArrived(conversationId, item.acked.position)) this.#forget(item);
    }
  }

  /** Another tab changed what is stored. */
  async noticed({ conversationId, settled }: Notice): Promise<void> {
    const item = settled && this.#find(settled.id);
    if (item && settled.acked) this.#acked(item, settled.acked);
    else if (item && settled.refused) this.#refused(item, settled.refused);
    await this.#reload(conversationId);
    void this.#drain(conversationId);
  }

  async #drain(conversationId: ConversationId): Promise<void> {
    if (this.#draining.has(conversationId)) this.#draining.set(conversationId, true);
    const isBusy = this.#draining.has(conversationId) || this.#resting.has(conversationId);
    if (isBusy || !this.#next(conversationId)) return;
    this.#draining.set(conversationId, false);
    try {
      // The lock makes one tab the sender; whoever gets it next looks into the store first.
      await this.#edges.locks.run(conversationId, async () => {
        let goesOn = true;
        while (goesOn) {
          await this.#reload(conversationId);
          goesOn = await this.#sendNext(conversationId);
        }
      });
    } catch {
      // The browser gave no lock, or a part of the code could not be fetched: nothing is lost, only late.
      this.#rest(conversationId, AGAIN_MS);
    } finally {
      const missed = this.#draining.get(conversationId);
      this.#draining.delete(conversationId);
      if (missed) void this.#drain(conversationId);
    }
  }

  #rest(conversationId: ConversationId, ms: number): void {
    this.#resting.add(conversationId);
    this.#edges.later(ms, () => {
      this.#resting.delete(conversationId);
      void this.#drain(conversationId);
    });
  }

  /** The first item that has a way. A failed one does not hold up those behind it. */
  #next(conversationId: ConversationId): { item: Item; way: Way } | null {
    const way = this.#edges.way();
    const item = this.of(conversationId).find(
      ({ order, failure, acked, kind }) =>
        order && !failure && !acked && (way === "socket" || kind === "send"),
    );
    return item && way ? { item, way } : null;
  }

  async #sendNext(conversationId: ConversationId): Promise<boolean> {
    const next = this.#next(conversationId);
    if (!next) return false;
    const attempts = (this.#attempts.get(next.item.id) ?? 0) + 1;
    this.#attempts.set(next.item.id, attempts);
    this.#replace({ ...next.item, inFlight: true });
    const outcome = await this.#edges
      .deliver(next.item, next.way, attempts)
      .catch((): Outcome => ({ kind: "again", afterMs: AGAIN_MS }));
    const item = this.#find(next.item.id);
    // Its row may have come before its ack.
    if (!item || item.acked) return true;
    if (outcome.kind === "acked") await this.#settle(item, outcome.ack);
    else if (outcome.kind === "refused") await this.#refuse(item, outcome.code);
    else this.#replace({ ...item, inFlight: false });
    if (outcome.kind === "again" && outcome.afterMs > 0) {
      this.#rest(conversationId, outcome.afterMs);
      return false;
    }
    return outcome.kind !== "lost";
  }

  async #settle(item: Item, acked: Acked): Promise<void> {
    this.#acked(item, acked);
    await (await this.#edges.store()).remove(item.id);
    const settled = { id: item.id, acked, refused: null };
    this.#edges.tell({ conversationId: item.conversationId, settled });
  }

  #acked(item: Item, acked: Acked): void {
    if (this.#edges.hasArrived(item.conversationId, acked.position)) this.#forget(item);
    else this.#replace({ ...item, inFlight: false, acked });
    this.#attempts.delete(item.id);
    this.#waiters.get(item.id)?.resolve();
    this.#waiters.delete(item.id);
  }

  async #refuse(item: Item, code: ErrorCode): Promise<void> {
    this.#refused(item, code);
    const kept = this.#find(item.id);
    await (kept ? (await this.#edges.store()).put(kept) : (await this.#edges.store()).remove(item.id));
    const settled = { id: item.id, acked: null, refused: code };
    this.#edges.tell({ conversationId: item.conversationId, settled });
  }

  /** A message stays, for the person to decide; a change is rolled back. */
  #refused(item: Item, code: ErrorCode): void {
    const failure = { code, retryable: isRetryable(code) };
    if (item.kind === "send") this.#replace({ ...item, inFlight: false, failure });
    else this.#forget(item);
    this.#attempts.delete(item.id);
    this.#waiters.get(item.id)?.reject(errorOf(code));
    this.#waiters.delete(item.id);
  }

  /** Follows the store, but for what it does not know: items not stored yet, and acked ones. */
  async #reload(conversationId: ConversationId): Promise<void> {
    const kept = await (await this.#edges.store()).of(conversationId);
    const known = this.of(conversationId);
    const items = kept.map((item) => {
      const before = known.find(({ id }) => id === item.id);
      return before?.acked || before?.inFlight ? ({ ...before, order: item.order } as Item) : item;
    });
    const apart = known.filter(
      (item) => (!item.order || item.acked) && !items.some(({ id }) => id === item.id),
    );
    this.#show(conversationId, [
      ...apart.filter(({ acked }) => acked),
      ...items,
      ...apart.filter(({ acked }) => !acked),
    ]);
  }

  #find(id: MessageId): Item | undefined {
    for (const items of this.#items.values()) {
      const item = items.find((other) => other.id === id);
      if (item) return item;
    }
    return undefined;
  }

  #replace(item: Item): void {
    const items = this.of(item.conversationId);
    this.#show(
      item.conversationId,
      items.map((other) => (other.id === item.id ? item : other)),
    );
  }

  #forget(item: Item): void {
    this.#show(
      item.conversationId,
      this.of(item.conversationId).filter(({ id }) => id !== item.id),
    );
  }

  #show(conversationId: ConversationId, items: readonly Item[]): void {
    this.#items.set(conversationId, items);
    this.#edges.changed(conversationId);
  }
}
