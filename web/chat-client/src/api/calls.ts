// The calls that the chat itself makes, whatever the screen asks for.
import type { FileId, FileLinks } from "../protocol.ts";
import { type Check, list, nullable, shape, text } from "../wire/shape.ts";
import { errorOf } from "./error.ts";
import type { Http, Reply } from "./http.ts";

const isLinks: Check<FileLinks> = shape({ id: text, url: text, thumbnailUrl: nullable(text) });

export async function links(
  http: Http,
  ids: readonly FileId[],
): Promise<Map<FileId, { url: string; thumbnailUrl: string | null }>> {
  const fresh = dataOf(await http.send("POST", "/api/files/links", { ids }), isLinks);
  return new Map(fresh.map(({ id, url, thumbnailUrl }) => [id, { url, thumbnailUrl }]));
}

export function dataOf<T>({ body }: Reply, check: Check<T>): T[] {
  return checked(body, shape({ data: list(check) })).data as T[];
}

export function checked<T>(body: unknown, check: Check<T>): T {
  if (check(body)) return body;
  throw errorOf("internal");
}
