import type { Http } from "../api/http.ts";
import type { Connection } from "../connection/connection.ts";
import { ackedBy, frameOf, type Outcome, refusedBy } from "./delivery.ts";
import type { Item } from "./item.ts";
import type { Way } from "./outbox.ts";

export type Deliver = (item: Item, way: Way, attempts: number) => Promise<Outcome>;

/** Takes one item to the server, by whichever way there is, and says what became of it. */
export function deliverer(
  connection: Connection,
  http: Http,
  overHttp: () => Promise<typeof import("../over-http.ts")>,
  random: () => number,
): Deliver {
  return (item, way, attempts) =>
    way === "socket"
      ? bySocket(connection, item, attempts, random)
      : overHttp().then(({ deliver }) => deliver(http, item, attempts, random()));
}

async function bySocket(
  connection: Connection,
  item: Item,
  attempts: number,
  random: () => number,
): Promise<Outcome> {
  const response = await connection.request((ref) => frameOf(item, ref));
  switch (response.kind) {
    case "ack":
      return ackedBy(response.ack);
    case "error":
      return refusedBy(response.error, attempts, random());
    case "timeout":
      return { kind: "again", afterMs: 0 };
    case "lost":
      return { kind: "lost" };
  }
}
