import type { Person } from "../protocol.ts";
import { type Check, shape, text } from "../wire/shape.ts";
import { dataOf } from "./calls.ts";
import type { Http } from "./http.ts";

const isPerson = shape({ userID: text, name: text, role: text }) as Check<Person>;

export async function people(http: Http, ids: readonly string[]): Promise<Person[]> {
  const query = ids.map((id) => `id=${encodeURIComponent(id)}`).join("&");
  return dataOf(await http.get(`/api/people?${query}`), isPerson);
}
