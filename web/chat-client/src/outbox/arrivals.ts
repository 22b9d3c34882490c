import type { Conversation } from "../conversations/conversation.ts";
import type { Outbox } from "./outbox.ts";

/** How far back a row of an item that waits is looked for; older ones settle by their ack. */
const RECENT = 200;

/** Whether a screen shows everything up to `position`, or has no copy to wait for. */
export function hasArrived({ replica }: Conversation, position: number): boolean {
  return !replica || replica.stale || replica.position >= position;
}

/** Tells the outbox what became of its items by the rows that arrived. */
export function settleArrived(outbox: Outbox, { id, replica, line }: Conversation): void {
  if (outbox.of(id).length === 0) return;
  const ids = new Set(replica?.tail.rows.slice(-RECENT).map((row) => row.id));
  if (line.lastMessage) ids.add(line.lastMessage.id);
  outbox.arrived(id, ids);
}
