import type { Message } from "../protocol.ts";
import type { ChatMessage } from "../threads/view.ts";
import type { Http } from "./http.ts";
import type { Tokens } from "./token.ts";
import type { Api } from "./types.ts";

/** The API whose code is fetched with the first call of it: a chat that is only read and written needs none. */
export function lazyApi(http: Http, tokens: Tokens, toMessage: (row: Message) => ChatMessage): Api {
  let loaded: Promise<Api> | null = null;
  const api = (): Promise<Api> => {
    loaded ??= import("./api.ts").then((module) => module.api(http, tokens, toMessage));
    // A chunk that could not be fetched is tried again by the next call.
    loaded.catch(() => {
      loaded = null;
    });
    return loaded;
  };
  return {
    trainer: {
      getMyClients: async (query) => (await api()).trainer.getMyClients(query),
      block: async (id) => (await api()).trainer.block(id),
      unblock: async (id) => (await api()).trainer.unblock(id),
    },
    user: {
      getMyTrainers: async () => (await api()).user.getMyTrainers(),
      block: async (id) => (await api()).user.block(id),
      unblock: async (id) => (await api()).user.unblock(id),
    },
    chat: {
      getChatHistory: async (query) => (await api()).chat.getChatHistory(query),
      search: async (query) => (await api()).chat.search(query),
    },
    files: {
      uploadFile: async (file, options) => (await api()).files.uploadFile(file, options),
      links: async (ids) => (await api()).files.links(ids),
    },
    me: {
      getSettings: async () => (await api()).me.getSettings(),
      putSettings: async (settings) => (await api()).me.putSettings(settings),
      exportData: async (options) => (await api()).me.exportData(options),
    },
  };
}
