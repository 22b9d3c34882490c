import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb";
import { type Item, stored } from "../outbox/item.ts";
import type { Store } from "../outbox/store.ts";
import type {
  ConversationEntry,
  ConversationId,
  Epoch,
  Me,
  Message,
  MessageId,
  Person,
  UserId,
} from "../protocol.ts";

/** One conversation as it is kept: rows and position are one record, so they are written together or not at all. */
export interface Kept {
  conversationId: ConversationId;
  entry: ConversationEntry;
  epoch: Epoch;
  /** Null: the line is kept, but no rows. */
  copy: { position: number; rows: Message[]; hasOlder: boolean } | null;
  /** When it was last of use; the oldest are dropped. */
  at: number;
}

interface Schema extends DBSchema {
  meta: { key: "about"; value: About };
  conversations: { key: ConversationId; value: Kept; indexes: { at: number } };
  outbox: { key: number; value: Item; indexes: { id: MessageId; conversationId: ConversationId } };
}

/** Who the person is, and the names of those around. */
export interface About {
  me: Me | null;
  people: Person[];
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
  const db = await openDB<Schema>(name, 1, {
    upgrade(fresh) {
      fresh.createObjectStore("meta");
      fresh.createObjectStore("conversations", { keyPath: "conversationId" }).createIndex("at", "at");
      const outbox = fresh.createObjectStore("outbox", { keyPath: "order", autoIncrement: true });
      outbox.createIndex("id", "id", { unique: true });
      outbox.createIndex("conversationId", "conversationId");
    },
    // Another tab signs out: holding on would keep the person's data alive.
    blocking(_current, _blocked, event) {
      (event.target as IDBDatabase).close();
      onClosed();
    },
    terminated: onClosed,
  });
  return {
    about: async () => (await db.get("meta", "about")) ?? null,
    putAbout: async (about) => {
      await db.put("meta", about, "about");
    },
    conversations: async () => (await db.getAllFromIndex("conversations", "at")).reverse(),
    put: (records) => putAll(db, records),
    outbox: outboxOf(db),
    wipe: async () => {
      db.close();
      await deleteDB(name);
    },
    close: () => db.close(),
  };
}

async function putAll(db: IDBPDatabase<Schema>, records: readonly Kept[]): Promise<void> {
  const tx = db.transaction("conversations", "readwrite");
  for (const record of records) {
    const before = await tx.store.get(record.conversationId);
    const ahead =
      before?.epoch === record.epoch && (before.copy?.position ?? -1) > (record.copy?.position ?? -1);
    await tx.store.put(ahead && before ? { ...before, at: record.at } : record);
  }
  let surplus = (await tx.store.count()) - CONVERSATIONS;
  for (let cursor = await tx.store.index("at").openCursor(); cursor && surplus > 0; surplus--) {
    await cursor.delete();
    cursor = await cursor.continue();
  }
  await tx.done;
}

function outboxOf(db: IDBPDatabase<Schema>): Store {
  const keyOf = async (id: MessageId): Promise<number | undefined> => db.getKeyFromIndex("outbox", "id", id);
  return {
    all: () => db.getAll("outbox"),
    of: (conversationId) => db.getAllFromIndex("outbox", "conversationId", conversationId),
    add: async (item) => {
      const { order: _order, ...rest } = stored(item);
      const order = await db.add("outbox", rest as Item);
      return { ...item, order };
    },
    put: async (item) => {
      if (item.order !== undefined && (await keyOf(item.id)) === item.order)
        await db.put("outbox", stored(item));
    },
    remove: async (id) => {
      const key = await keyOf(id);
      if (key !== undefined) await db.delete("outbox", key);
    },
  };
}
