// What becomes of a conversation's line when something arrives. Pure.

import type { ConversationEntry, ConversationId, Message, ServerFrame, UserId } from "../protocol.ts";
import { peerOf } from "../wire/ids.ts";
import { UNREAD } from "../wire/numbers.ts";

type Receipt = Extract<ServerFrame, { type: "receipt" }>;

/** The line of a conversation that nothing is known of yet. */
export function blankEntry(conversationId: ConversationId, me: UserId | undefined): ConversationEntry {
  return {
    conversationId,
    peerId: peerOf(conversationId, me),
    position: 0,
    lastMessage: null,
    unread: 0,
    readSeq: 0,
    deliveredSeq: 0,
    peerReadSeq: 0,
    peerDeliveredSeq: 0,
    canSend: true,
  };
}

/**
 * Takes changed rows in, in order of position; `head` is the position known with them. Rows that the
 * line was told of before change nothing; `isNew` says which were never counted.
 */
export function withRows(
  entry: ConversationEntry,
  rows: readonly Message[],
  head: number,
  isNew: (row: Message) => boolean,
): ConversationEntry {
  if (head <= entry.position) return entry;
  let { lastMessage, unread } = entry;
  for (const row of rows) {
    if (row.position <= entry.position) continue;
    if (!lastMessage || row.seq >= lastMessage.seq) lastMessage = row;
    if (row.senderId === entry.peerId && row.seq > entry.readSeq) unread = counted(unread, row, isNew(row));
  }
  return { ...entry, position: head, lastMessage, unread };
}

/** The count stops at the server's limit; from there only a recount leads down. */
function counted(unread: number, { deletedAt }: Message, isNew: boolean): number {
  if (unread >= UNREAD) return unread;
  if (isNew) return deletedAt ? unread : unread + 1;
  return deletedAt ? Math.max(0, unread - 1) : unread;
}

/** Marks only go forward; the count of a receipt is a recount and holds, unless more was read here. */
export function withReceipt(entry: ConversationEntry, receipt: Receipt): ConversationEntry {
  if (receipt.userId === entry.peerId) {
    const peerReadSeq = Math.max(entry.peerReadSeq, receipt.readSeq);
    const peerDeliveredSeq = Math.max(entry.peerDeliveredSeq, receipt.deliveredSeq);
    return { ...entry, peerReadSeq, peerDeliveredSeq };
  }
  const readSeq = Math.max(entry.readSeq, receipt.readSeq);
  const deliveredSeq = Math.max(entry.deliveredSeq, receipt.deliveredSeq);
  const unread = receipt.readSeq >= entry.readSeq ? receipt.unread : entry.unread;
  return { ...entry, readSeq, deliveredSeq, unread };
}

/** Read here: `left` of the unread ones are after `seq`. */
export function withRead(entry: ConversationEntry, seq: number, left: number): ConversationEntry {
  if (seq <= entry.readSeq) return entry;
  return { ...entry, readSeq: seq, deliveredSeq: Math.max(entry.deliveredSeq, seq), unread: left };
}

/** What the server says of a line, with the marks that it does not know yet. */
export function merged(local: ConversationEntry | null, server: ConversationEntry): ConversationEntry {
  if (!local) return server;
  // Told late: something newer arrived on another way meanwhile.
  const late = server.position < local.position;
  const readHere = local.readSeq > server.readSeq;
  return {
    ...server,
    position: Math.max(local.position, server.position),
    lastMessage: late ? local.lastMessage : server.lastMessage,
    unread: late || readHere ? Math.min(local.unread, server.unread) : server.unread,
    readSeq: Math.max(local.readSeq, server.readSeq),
    deliveredSeq: Math.max(local.deliveredSeq, server.deliveredSeq),
    peerReadSeq: Math.max(local.peerReadSeq, server.peerReadSeq),
    peerDeliveredSeq: Math.max(local.peerDeliveredSeq, server.peerDeliveredSeq),
  };
}

/** Most recent first. */
export function byRecency(a: ConversationEntry, b: ConversationEntry): number {
  const left = a.lastMessage?.sentAt ?? "";
  const right = b.lastMessage?.sentAt ?? "";
  if (left !== right) return left < right ? 1 : -1;
  return a.conversationId < b.conversationId ? -1 : 1;
}
