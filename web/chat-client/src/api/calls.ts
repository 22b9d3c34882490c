// The calls that the chat itself makes, whatever the screen asks for.
import type { ConversationEntry, FileId, FileLinks, MarksRequest, Person } from "../protocol.ts";
import { isEntry } from "../wire/frames.ts";
import { type Check, list, nullable, shape, text } from "../wire/shape.ts";
import { errorOf } from "./error.ts";
import { type Http, linked, type Reply } from "./http.ts";

const isPerson = shape({ userID: text, name: text, role: text }) as Check<Person>;
const isLinks: Check<FileLinks> = shape({ id: text, url: text, thumbnailUrl: nullable(text) });

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

export function dataOf<T>({ body }: Reply, check: Check<T>): T[] {
  return checked(body, shape({ data: list(check) })).data as T[];
}

export function checked<T>(body: unknown, check: Check<T>): T {
  if (check(body)) return body;
  throw errorOf("internal");
}
