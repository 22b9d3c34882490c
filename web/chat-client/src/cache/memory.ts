import { memoryStore } from "../outbox/store.ts";
import type { Database } from "./database.ts";

/** Where a browser keeps nothing, the chat works as long as the tab lives. */
export function memoryDatabase(): Database {
  return {
    about: async () => null,
    putAbout: async () => {},
    conversations: async () => [],
    put: async () => {},
    outbox: memoryStore(),
    wipe: async () => {},
    close: () => {},
  };
}
