import type { ConversationEntry, FileId, FileLinks, MarksRequest, Message, Person } from "../protocol.ts";
import type { ChatMessage } from "../threads/view.ts";
import { isEntry, isMessage } from "../wire/frames.ts";
import { type Check, count, flag, list, nullable, shape, text } from "../wire/shape.ts";
import { errorOf } from "./error.ts";
import { history } from "./history.ts";
import { type Http, linked, type Reply } from "./http.ts";
import type { Tokens } from "./token.ts";
import type { Api, Contact, Found } from "./types.ts";
import { uploadFile } from "./upload.ts";

const isContact: Check<Contact> = shape({ userID: text, name: text, email: text, role: text });
const isPerson = shape({ userID: text, name: text, role: text }) as Check<Person>;
const isLinks: Check<FileLinks> = shape({ id: text, url: text, thumbnailUrl: nullable(text) });
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
      getChatHistory: async (query) => (await history(http, query)).map(toMessage),
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
      exportData: ({ signal } = {}) => http.blob("/api/me/export", signal),
    },
  };
}

export async function links(
  http: Http,
  ids: readonly FileId[],
): Promise<Map<FileId, { url: string; thumbnailUrl: string | null }>> {
  const fresh = dataOf(await http.send("POST", "/api/files/links", { ids }), isLinks);
  return new Map(fresh.map(({ id, url, thumbnailUrl }) => [id, { url, thumbnailUrl }]));
}

export async function people(http: Http, ids: readonly string[]): Promise<Person[]> {
  const query = ids.map((id) => `id=${encodeURIComponent(id)}`).join("&");
  return dataOf(await http.get(`/api/people?${query}`), isPerson);
}

export async function conversationPage(
  http: Http,
  after: string | null,
): Promise<{ entries: ConversationEntry[]; next: string | null }> {
  const reply = await http.get("/api/chat/conversations", { after: after ?? undefined });
  return { entries: dataOf(reply, isEntry), next: linked(reply.headers, "next", "after") };
}

/** Answers the conversation's line. */
export async function postMarks(http: Http, marks: MarksRequest): Promise<ConversationEntry> {
  return checked((await http.send("POST", "/api/chat/marks", marks)).body, isEntry);
}

function dataOf<T>({ body }: Reply, check: Check<T>): T[] {
  return checked(body, shape({ data: list(check) })).data as T[];
}

function checked<T>(body: unknown, check: Check<T>): T {
  if (check(body)) return body;
  throw errorOf("internal");
}
