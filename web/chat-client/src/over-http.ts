// What the chat does over HTTP where others do it on the socket. Fetched when it is first needed.

import { checked, dataOf } from "./api/calls.ts";
import { asApiError, errorOf } from "./api/error.ts";
import { type Http, linked } from "./api/http.ts";
import type { Conversations } from "./conversations/conversations.ts";
import { ackedBy, type Outcome, refusedBy, sendBody } from "./outbox/delivery.ts";
import type { Item } from "./outbox/item.ts";
import type { Ack, ConversationEntry, MarksRequest, SyncResponse } from "./protocol.ts";
import { isEntry, isSync } from "./wire/frames.ts";
import { RESUME_POSITIONS } from "./wire/numbers.ts";
import { type Check, list, shape, text } from "./wire/shape.ts";

/** No log has this epoch: asked with it, the server tells its own and everything there is. */
const NO_EPOCH = "00000000-0000-0000-0000-000000000000";

export const isSyncResponse = shape({
  epoch: text,
  syncs: list(isSync),
  conversations: list(isEntry),
}) as Check<SyncResponse>;

/** One turn of the polling fallback. */
export async function poll(conversations: Conversations, http: Http): Promise<void> {
  const body = { epoch: conversations.epoch ?? NO_EPOCH, positions: positionsOf(conversations) };
  const answer = checked((await http.send("POST", "/api/chat/sync", body)).body, isSyncResponse);
  const afresh = conversations.adopt(answer.epoch);
  for (const sync of answer.syncs) conversations.takeSync(sync);
  conversations.polled(answer.conversations, afresh);
  if (answer.syncs.some(({ more }) => more)) await poll(conversations, http);
}

/** Line and copy may stand at different places: from the lower one on, both get what they lack. */
function positionsOf(conversations: Conversations): Record<string, number> {
  const known = [...conversations.all].filter(({ entry }) => entry);
  const positions = known.map(({ id, replica, line }) => {
    const copied = replica && !replica.stale ? replica.position : line.position;
    return [id, Math.min(copied, line.position)] as const;
  });
  return Object.fromEntries(positions.slice(0, RESUME_POSITIONS));
}

export { Poller } from "./connection/poller.ts";

/** Only messages go over HTTP; the outbox gives nothing else. */
export async function deliver(http: Http, item: Item, attempts: number, random: number): Promise<Outcome> {
  if (item.kind !== "send") return { kind: "lost" };
  try {
    const { body } = await http.send("POST", "/api/chat/messages", sendBody(item));
    if (!isAck(body)) throw errorOf("unavailable");
    return ackedBy(body);
  } catch (error) {
    return refusedBy(asApiError(error), attempts, random);
  }
}

const isAck = shape({ conversationId: text, id: text }) as Check<Ack>;

/** Answers the conversation's line. */
export async function postMarks(http: Http, marks: MarksRequest): Promise<ConversationEntry> {
  return checked((await http.send("POST", "/api/chat/marks", marks)).body, isEntry);
}

export async function conversationPage(
  http: Http,
  after: string | null,
): Promise<{ entries: ConversationEntry[]; next: string | null }> {
  const reply = await http.get("/api/chat/conversations", { after: after ?? undefined });
  return { entries: dataOf(reply, isEntry), next: linked(reply.headers, "next", "after") };
}
