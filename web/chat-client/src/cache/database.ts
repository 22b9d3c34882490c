import { stored } from "../outbox/item.ts";
import type { Store } from "../outbox/store.ts";
import type { Named } from "../people/people.ts";
import type {
  ConversationEntry,
  ConversationId,
  Epoch,
  Me,
  Message,
  MessageId,
  UserId,
} from "../protocol.ts";
import { openDb, settled, written } from "./idb.ts";

/** One conversation as it is kept: rows and position are one record, so they are written together or not at all. */
export interface Kept {
  conversationId: ConversationId;
  entry: ConversationEntry;
  epoch: Epoch;
  /** Null: the line is kept, but no rows. */
  copy: { position: number; rows: Message[]; hasOlder: boolean } | null;
  /** The copy was begun anew: it replaces one of a higher position, which the server told to drop. */
  anew?: boolean;
  /** When it was last of use; the oldest are dropped. */
  at: number;
}

/** Who the person is, and the names of those around. */
export interface About {
  me: Me | null;
  people: [UserId, Named][];
}

/** How many conversations are kept. */
const CONVERSATIONS = 50;

export interface Database {
  about(): Promise<About | null>;
  putAbout(about: About): Promise<void>;
  conversations(): Promise<Kept[]>;
  /** A record of the same epoch never replaces one of a higher position. */
  put(records: readonly Kept[]): Promise<void>;
  outbox: Store;
  /** Everything kept of this person. */
  wipe(): Promise<void>;
  close(): void;
}

export async function openDatabase(userId: UserId, onClosed: () => void): Promise<Database> {
  const name = `spotter-${userId}`;
  const db = await openDb(name, (fresh) => {
    fresh.createObjectStore("meta");
    fresh.createObjectStore("conversations", { keyPath: "conversationId" }).createIndex("at", "at");
    const outbox = fresh.createObjectStore("outbox", { keyPath: "order", autoIncrement: true });
    outbox.createIndex("id", "id", { unique: true });
    outbox.createIndex("conversationId", "conversationId");
  });
  // Another tab signs out: holding on would keep the person's data alive.
  db.onversionchange = () => {
    db.close();
    onClosed();
  };
  db.onclose = onClosed;
  const store = (of: string, mode?: "readwrite"): IDBObjectStore => db.transaction(of, mode).objectStore(of);
  return {
    about: async () => (await settled(store("meta").get("about"))) ?? null,
    putAbout: async (about) => {
      await settled(store("meta", "readwrite").put(about, "about"));
    },
    conversations: async () => (await settled<Kept[]>(store("conversations").index("at").getAll())).reverse(),
    put: (records) => putAll(store("conversations", "readwrite"), records),
    outbox: outboxOf(store),
    wipe: async () => {
      db.close();
      await settled(indexedDB.deleteDatabase(name));
    },
    close: () => db.close(),
  };
}

async function putAll(store: IDBObjectStore, records: readonly Kept[]): Promise<void> {
  const done = written(store.transaction);
  for (const record of records) {
    const before: Kept | undefined = await settled(store.get(record.conversationId));
    const ahead =
      before?.epoch === record.epoch && (before.copy?.position ?? -1) > (record.copy?.position ?? -1);
    store.put(ahead && before && !record.anew ? { ...before, at: record.at } : record);
  }
  const oldestFirst = await settled(store.index("at").getAllKeys());
  for (const id of oldestFirst.slice(0, -CONVERSATIONS)) store.delete(id);
  await done;
}

function outboxOf(open: (of: "outbox", mode?: "readwrite") => IDBObjectStore): Store {
  const keyOf = (store: IDBObjectStore, id: MessageId): Promise<IDBValidKey | undefined> =>
    settled(store.index("id").getKey(id));
  return {
    all: () => settled(open("outbox").getAll()),
    of: (conversationId) => settled(open("outbox").index("conversationId").getAll(conversationId)),
    add: async (item) => {
      const { order: _order, ...rest } = stored(item);
      const store = open("outbox", "readwrite");
      const done = written(store.transaction);
      const order = await settled(store.add(rest));
      // Sent only when it is on the disk, not when it is on its way there.
      await done;
      return { ...item, order: Number(order) };
    },
    put: async (item) => {
      const store = open("outbox", "readwrite");
      if (item.order !== undefined && (await keyOf(store, item.id)) === item.order)
        await settled(store.put(stored(item)));
    },
    remove: async (id) => {
      const store = open("outbox", "readwrite");
      const key = await keyOf(store, id);
      if (key !== undefined) await settled(store.delete(key));
    },
  };
}
