// The rows of a view: the copy of the log, what is foreseen of it, and what is on its way. Unchanged
// messages stay the same objects.
import type { Window } from "../device/window.ts";
import { placeOf, rowAt } from "../device/window.ts";
import type { Change, Item, SendItem } from "../outbox/item.ts";
import type { ConversationId, UserId } from "../protocol.ts";
import { foreseen, pendingRow, type Row } from "./row.ts";
import type { ChatMessage } from "./view.ts";

interface Foreseen {
  row: Row;
  changes: readonly Change[];
  shown: Row;
}

export class Composer {
  readonly #conversationId: ConversationId;
  readonly #pending = new WeakMap<SendItem, ChatMessage>();
  #foreseen = new Map<number, Foreseen>();

  constructor(conversationId: ConversationId) {
    this.#conversationId = conversationId;
  }

  rows(window: Window<Row>, items: readonly Item[], me: UserId): readonly ChatMessage[] {
    if (items.length === 0) return window.rows;
    const rows: ChatMessage[] = [...window.rows];
    this.#foresee(window, items, me, rows);
    if (!window.hasNewer) {
      for (const item of items)
        if (item.kind === "send" && !isThere(window, item)) rows.push(this.#row(item, me));
    }
    return rows;
  }

  #foresee(window: Window<Row>, items: readonly Item[], me: UserId, rows: ChatMessage[]): void {
    const changes = items.filter((item) => item.kind !== "send");
    const foreseenNow = new Map<number, Foreseen>();
    for (const seq of new Set(changes.map((change) => change.seq))) {
      const ofRow = changes.filter((change) => change.seq === seq);
      const row = rowAt(window.rows, seq);
      if (!row) continue;
      const before = this.#foreseen.get(seq);
      const same = before?.row === row && sameItems(before.changes, ofRow);
      const entry = same ? before : { row, changes: ofRow, shown: foreseen(row, ofRow, me) };
      foreseenNow.set(seq, entry);
      rows[placeOf(window.rows, seq)] = entry.shown;
    }
    this.#foreseen = foreseenNow;
  }

  #row(item: SendItem, me: UserId): ChatMessage {
    const known = this.#pending.get(item);
    if (known) return known;
    const row = pendingRow(item, this.#conversationId, me);
    this.#pending.set(item, row);
    return row;
  }
}

/** Its row came before the word that it was taken. */
function isThere(window: Window<Row>, item: SendItem): boolean {
  const seq = item.acked?.seq;
  if (typeof seq === "number") return rowAt(window.rows, seq) !== undefined;
  return false;
}

function sameItems(a: readonly Change[], b: readonly Change[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
