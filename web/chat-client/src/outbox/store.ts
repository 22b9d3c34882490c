import type { ConversationId, MessageId } from "../protocol.ts";
import { type Item, stored } from "./item.ts";

/** Where items wait. The order in which they were added is the order in which they go. */
export interface Store {
  all(): Promise<Item[]>;
  of(conversationId: ConversationId): Promise<Item[]>;
  /** Answers the item with its order. */
  add(item: Item): Promise<Item>;
  put(item: Item): Promise<void>;
  remove(id: MessageId): Promise<void>;
}

/** For browsers that keep nothing (private windows): as long as the tab lives. */
export function memoryStore(): Store {
  const items = new Map<MessageId, Item>();
  let order = 0;
  return {
    all: async () => [...items.values()],
    of: async (conversationId) =>
      [...items.values()].filter((item) => item.conversationId === conversationId),
    add: async (item) => {
      order += 1;
      const kept = { ...stored(item), order };
      items.set(item.id, kept);
      return kept;
    },
    put: async (item) => {
      if (items.has(item.id)) items.set(item.id, stored(item));
    },
    remove: async (id) => {
      items.delete(id);
    },
  };
}
