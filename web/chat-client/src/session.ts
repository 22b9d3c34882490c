import { bearerOf } from "./api/token.ts";
import type { Database, Kept } from "./cache/database.ts";
import { memoryDatabase } from "./cache/memory.ts";
import type { Item } from "./outbox/item.ts";
import type { Notice } from "./outbox/outbox.ts";
import { memoryStore, type Store } from "./outbox/store.ts";
import type { Me, Person, UserId } from "./protocol.ts";

/** What an earlier page of the same person left. */
export interface Left {
  me: Me | null;
  people: readonly Person[];
  conversations: readonly Kept[];
}

export interface Duties {
  noticed(notice: Notice): void;
  /** Another tab signed this person out. */
  signedOut(): void;
}

type Word = { kind: "outbox"; notice: Notice } | { kind: "signedOut" };

/** A browser may keep the answer to itself for ever, when another tab holds an older database. */
const OPEN_TIMEOUT_MS = 3_000;

/** Whose data is here: one database and one channel between tabs for each person. */
export class Session {
  readonly #duties: Duties;
  #userId: UserId | null = null;
  #db: Database = memoryDatabase();
  #channel: BroadcastChannel | null = null;
  #isBegun: () => void = () => {};
  readonly #begun = new Promise<void>((resolve) => {
    this.#isBegun = resolve;
  });

  constructor(duties: Duties) {
    this.#duties = duties;
  }

  get db(): Database {
    return this.#db;
  }

  /** The outbox's store: of whichever database is open, and of the tab where the browser has no room. */
  get store(): Store {
    const spare = memoryStore();
    // What is written before it is known by whom waits for their database.
    const kept = (): Promise<Store> => this.#begun.then(() => this.#db.outbox);
    const both = async (ask: (store: Store) => Promise<Item[]>): Promise<Item[]> => [
      ...(await kept()
        .then(ask)
        .catch(() => [])),
      ...(await ask(spare)),
    ];
    return {
      all: () => both((store) => store.all()),
      of: (id) => both((store) => store.of(id)),
      add: (item) =>
        kept()
          .then((store) => store.add(item))
          .catch(() => spare.add(item)),
      put: async (item) => {
        await spare.put(item);
        await kept()
          .then((store) => store.put(item))
          .catch(() => {});
      },
      remove: async (id) => {
        await spare.remove(id);
        await kept()
          .then((store) => store.remove(id))
          .catch(() => {});
      },
    };
  }

  get userId(): UserId | null {
    return this.#userId;
  }

  /** Refuses the token of anybody else: a chat is of one person, and so is what it keeps. */
  admit(token: string): string {
    const bearer = bearerOf(token);
    if (bearer && this.#userId && bearer.id !== this.#userId)
      throw new Error("the token is of another person");
    return token;
  }

  /** Opens what is kept of the person; where nothing can be kept, the chat lives without. */
  async begin(userId: UserId): Promise<Left> {
    this.#userId = userId;
    this.#db = await opened(userId, () => this.#forget());
    this.#isBegun();
    this.#listen(userId);
    const [about, conversations] = await Promise.all([this.#db.about(), this.#db.conversations()]);
    return { me: about?.me ?? null, people: about?.people ?? [], conversations };
  }

  tell(notice: Notice): void {
    this.#say({ kind: "outbox", notice });
  }

  async wipe(): Promise<void> {
    this.#say({ kind: "signedOut" });
    const db = this.#db;
    this.end();
    await db.wipe();
  }

  end(): void {
    this.#channel?.close();
    this.#channel = null;
    this.#db.close();
    this.#db = memoryDatabase();
  }

  #forget(): void {
    this.#db = memoryDatabase();
  }

  #say(word: Word): void {
    this.#channel?.postMessage(word);
  }

  #listen(userId: UserId): void {
    if (typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(`spotter-${userId}`);
    this.#channel.onmessage = ({ data }: MessageEvent<Word>) => {
      if (data.kind === "outbox") this.#duties.noticed(data.notice);
      else this.#duties.signedOut();
    };
  }
}

async function opened(userId: UserId, onClosed: () => void): Promise<Database> {
  if (typeof indexedDB === "undefined") return memoryDatabase();
  const inTime = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error("the browser does not open its database")), OPEN_TIMEOUT_MS);
  });
  const open = import("./cache/database.ts").then(({ openDatabase }) => openDatabase(userId, onClosed));
  return Promise.race([open, inTime]).catch(() => memoryDatabase());
}
