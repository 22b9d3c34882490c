import type { Message } from "../protocol.ts";
import type { ChatMessage } from "../threads/view.ts";
import { isMessage } from "../wire/frames.ts";
import { type Check, count, flag, list, shape, text } from "../wire/shape.ts";
import { checked, dataOf, links } from "./calls.ts";
import { asApiError } from "./error.ts";
import { readHistory } from "./history.ts";
import { type Http, linked } from "./http.ts";
import type { Tokens } from "./token.ts";
import type { Api, Contact, Found } from "./types.ts";
import { uploadFile } from "./upload.ts";

const isContact: Check<Contact> = shape({ userID: text, name: text, email: text, role: text });
const isSettings = shape({ presence: flag, receipts: flag });
const hasHighlight = shape({ highlight: list(shape({ start: count, end: count })) });

/** `toMessage` makes a row of the log what a screen shows. */
export function api(http: Http, tokens: Tokens, toMessage: (row: Message) => ChatMessage): Api {
  const block =
    (who: "trainer/clients" | "user/trainers", what: "block" | "unblock") => async (id: string) => {
      await http.send("POST", `/api/${who}/${encodeURIComponent(id)}/${what}`);
    };
  return {
    trainer: {
      getMyClients: async (query = {}) => {
        const reply = await http.get("/api/trainer/clients", { ...query });
        return { data: dataOf(reply, isContact), next: linked(reply.headers, "next", "after") };
      },
      block: block("trainer/clients", "block"),
      unblock: block("trainer/clients", "unblock"),
    },
    user: {
      getMyTrainers: async () => ({ data: dataOf(await http.get("/api/user/trainers"), isContact) }),
      block: block("user/trainers", "block"),
      unblock: block("user/trainers", "unblock"),
    },
    chat: {
      getChatHistory: async (query) => (await readHistory(http, query)).rows.map(toMessage),
      search: async (query) => {
        const reply = await http.get("/api/chat/search", { ...query });
        const data = dataOf(reply, isMessage).map((row): Found => {
          const { highlight } = hasHighlight(row) ? row : { highlight: [] };
          return { message: toMessage(row), highlight };
        });
        return { data, next: linked(reply.headers, "next", "after") };
      },
    },
    files: {
      uploadFile: (file, options) => uploadFile(http, tokens, file, options),
      links: (ids) => links(http, ids),
    },
    me: {
      getSettings: async () => checked((await http.get("/api/me/settings")).body, isSettings),
      putSettings: async (settings) => {
        const { body } = await http.send("PUT", "/api/me/settings", settings);
        return body === null ? settings : checked(body, isSettings);
      },
      exportData: ({ signal } = {}) => download(http, "/api/me/export", signal),
    },
  };
}

/** As long as it takes, unless it is called off. */
async function download(http: Http, path: string, signal = new AbortController().signal): Promise<Blob> {
  const response = await http.respond("GET", `${http.base}${path}`, signal).catch((error: unknown) => {
    throw signal.aborted ? error : asApiError(error);
  });
  return response.blob();
}
