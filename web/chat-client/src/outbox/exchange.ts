import { asApiError } from "../api/error.ts";
import type { Http } from "../api/http.ts";
import type { Connection } from "../connection/connection.ts";
import type { Ack } from "../protocol.ts";
import { isRecord } from "../wire/shape.ts";
import { ackedBy, frameOf, type Outcome, refusedBy, sendBody } from "./delivery.ts";
import type { Item } from "./item.ts";
import type { Way } from "./outbox.ts";

export type Deliver = (item: Item, way: Way, attempts: number) => Promise<Outcome>;

/** Takes one item to the server, by whichever way there is, and says what became of it. */
export function deliverer(connection: Connection, http: Http, random: () => number): Deliver {
  return (item, way, attempts) =>
    way === "socket" ? bySocket(connection, item, attempts, random) : byHttp(http, item, attempts, random);
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

/** Only messages go over HTTP; the outbox gives nothing else. */
async function byHttp(http: Http, item: Item, attempts: number, random: () => number): Promise<Outcome> {
  if (item.kind !== "send") return { kind: "lost" };
  try {
    const { body } = await http.send("POST", "/api/chat/messages", sendBody(item));
    return ackedBy(
      isRecord(body) ? (body as unknown as Ack) : { conversationId: item.conversationId, duplicate: false },
    );
  } catch (error) {
    return refusedBy(asApiError(error), attempts, random());
  }
}
