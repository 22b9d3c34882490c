import type { Person, UserId } from "../protocol.ts";
import type { Value } from "../store/readable.ts";
import { IDS } from "../wire/numbers.ts";

export interface Named {
  name: string;
  role: string;
}

/** Names for ids: asked for in one call, kept. */
export class People {
  readonly known: Value<ReadonlyMap<UserId, Named>>;
  readonly #fetch: (ids: readonly UserId[]) => Promise<Person[]>;
  readonly #learnt: () => void;
  readonly #asked = new Set<UserId>();
  #due: Set<UserId> | null = null;
  #under: Promise<void> = Promise.resolve();

  constructor(
    known: Value<ReadonlyMap<UserId, Named>>,
    fetch: (ids: readonly UserId[]) => Promise<Person[]>,
    learnt: () => void,
  ) {
    this.known = known;
    this.#fetch = fetch;
    this.#learnt = learnt;
  }

  /** Resolves when the answer is there, whatever it is. */
  request(ids: readonly UserId[]): Promise<void> {
    const fresh = ids.filter((id) => id !== "" && !this.#asked.has(id));
    if (fresh.length === 0) return this.#under;
    if (!this.#due) {
      this.#due = new Set();
      this.#under = Promise.resolve().then(() => this.#ask());
    }
    for (const id of fresh) {
      this.#asked.add(id);
      this.#due.add(id);
    }
    return this.#under;
  }

  async #ask(): Promise<void> {
    const ids = [...(this.#due ?? [])];
    this.#due = null;
    for (let start = 0; start < ids.length; start += IDS) {
      const some = ids.slice(start, start + IDS);
      try {
        this.#learn(await this.#fetch(some));
        this.#learnt();
      } catch {
        // Asked again by whoever shows them next.
        for (const id of some) this.#asked.delete(id);
      }
    }
  }

  #learn(people: readonly Person[]): void {
    const all = new Map(this.known.get());
    for (const { userID, name, role } of people) all.set(userID, { name, role });
    this.known.set(all);
  }
}
