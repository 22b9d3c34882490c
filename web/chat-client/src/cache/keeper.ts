import type { Conversation } from "../conversations/conversation.ts";
import type { Epoch } from "../protocol.ts";
import type { Kept } from "./database.ts";

const COLLECT_MS = 300;

/** Writes what changed, a little later and all at once. */
export class Keeper {
  readonly #put: (records: readonly Kept[]) => Promise<void>;
  readonly #epoch: () => Epoch | null;
  readonly #due = new Set<Conversation>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(put: (records: readonly Kept[]) => Promise<void>, epoch: () => Epoch | null) {
    this.#put = put;
    this.#epoch = epoch;
  }

  changed(conversation: Conversation): void {
    this.#due.add(conversation);
    this.#timer ??= setTimeout(() => void this.flush(), COLLECT_MS);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const epoch = this.#epoch();
    const records = epoch ? [...this.#due].flatMap((conversation) => conversation.record(epoch) ?? []) : [];
    this.#due.clear();
    // A copy that cannot be written is only missed at the next start.
    if (records.length > 0) await this.#put(records).catch(() => {});
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#due.clear();
  }
}
