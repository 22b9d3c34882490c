// Where a person's data lives in the browser. Fetched while the token is asked for.

import type { Conversation } from "../conversations/conversation.ts";
import type { Item } from "../outbox/item.ts";
import type { Notice } from "../outbox/outbox.ts";
import { memoryStore, type Store } from "../outbox/store.ts";
import type { Epoch, UserId } from "../protocol.ts";
import { type About, type Database, type Kept, openDatabase } from "./database.ts";
import { Keeper } from "./keeper.ts";
import { memoryDatabase } from "./memory.ts";

export interface Duties {
  epoch(): Epoch | null;
  /** Another tab changed the outbox. */
  noticed(notice: Notice): void;
  /** Another tab signed this person out. */
  signedOut(): void;
}

type Word = { kind: "outbox"; notice: Notice } | { kind: "signedOut" };

/** A browser may keep the answer to itself for ever, when another tab holds an older database. */
const OPEN_TIMEOUT_MS = 3_000;

/** One database and one channel between tabs for each person; the tab's memory where a browser keeps nothing. */
export class Home {
  readonly outbox: Store;
  #db: Database = memoryDatabase();
  #channel: BroadcastChannel | null = null;
  readonly #duties: Duties;
  readonly #keeper: Keeper;

  constructor(duties: Duties) {
    this.#duties = duties;
    this.outbox = withSpare(() => this.#db.outbox);
    this.#keeper = new Keeper((records) => this.#db.put(records), duties.epoch);
  }

  async open(userId: UserId): Promise<this> {
    const forget = (): void => {
      this.#db = memoryDatabase();
    };
    this.#db = await opened(userId, forget);
    if (typeof BroadcastChannel === "undefined") return this;
    this.#channel = new BroadcastChannel(`spotter-${userId}`);
    this.#channel.onmessage = ({ data }: MessageEvent<Word>) => {
      if (data.kind === "outbox") this.#duties.noticed(data.notice);
      else this.#duties.signedOut();
    };
    return this;
  }

  about(): Promise<About | null> {
    return this.#db.about();
  }

  conversations(): Promise<Kept[]> {
    return this.#db.conversations();
  }

  /** To be written soon. */
  changed(conversation: Conversation): void {
    this.#keeper.changed(conversation);
  }

  putAbout(about: About): Promise<void> {
    return this.#db.putAbout(about);
  }

  tell(notice: Notice): void {
    this.#say({ kind: "outbox", notice });
  }

  async wipe(): Promise<void> {
    this.#say({ kind: "signedOut" });
    const db = this.#db;
    this.#keeper.stop();
    this.#leave();
    await db.wipe();
  }

  async end(): Promise<void> {
    await this.#keeper.flush();
    this.#leave();
  }

  #leave(): void {
    this.#channel?.close();
    this.#channel = null;
    this.#db.close();
    this.#db = memoryDatabase();
  }

  #say(word: Word): void {
    this.#channel?.postMessage(word);
  }
}

/** What the browser has no room for is kept as long as the tab lives. */
function withSpare(kept: () => Store): Store {
  const spare = memoryStore();
  const both = async (ask: (store: Store) => Promise<Item[]>): Promise<Item[]> => [
    ...(await ask(kept()).catch(() => [])),
    ...(await ask(spare)),
  ];
  const each = async (ask: (store: Store) => Promise<void>): Promise<void> => {
    await ask(spare);
    await ask(kept()).catch(() => {});
  };
  return {
    all: () => both((store) => store.all()),
    of: (id) => both((store) => store.of(id)),
    add: (item) =>
      kept()
        .add(item)
        .catch(() => spare.add(item)),
    put: (item) => each((store) => store.put(item)),
    remove: (id) => each((store) => store.remove(id)),
  };
}

async function opened(userId: UserId, onClosed: () => void): Promise<Database> {
  if (typeof indexedDB === "undefined") return memoryDatabase();
  const inTime = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error("the browser does not open its database")), OPEN_TIMEOUT_MS);
  });
  return Promise.race([openDatabase(userId, onClosed), inTime]).catch(() => memoryDatabase());
}
