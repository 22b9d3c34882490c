import type { Change, SendItem } from "../outbox/item.ts";
import type { ConversationEntry, ConversationId, Message, UserId } from "../protocol.ts";
import type { ChatMessage, MessageState } from "./view.ts";

/** A row of the log, as a screen shows it. */
export type Row = ChatMessage & { seq: number; position: number };

type Marks = Pick<ConversationEntry, "peerReadSeq" | "peerDeliveredSeq">;

export function toRow(message: Message, me: UserId | undefined, marks: Marks): Row {
  const own = message.senderId === me;
  return { ...message, own, state: own ? tick(message.seq, marks) : "received", failure: null };
}

export function toMessage({ own: _own, state: _state, failure: _failure, ...message }: Row): Message {
  return message;
}

function tick(seq: number, marks: Marks): MessageState {
  if (seq <= marks.peerReadSeq) return "read";
  return seq <= marks.peerDeliveredSeq ? "delivered" : "sent";
}

/** The row under other marks; the same object where nothing changes. */
export function ticked(row: Row, marks: Marks): Row {
  if (!row.own) return row;
  const state = tick(row.seq, marks);
  return state === row.state ? row : { ...row, state };
}

/** A message that is on its way, at the end of its thread. */
export function pendingRow(item: SendItem, conversationId: ConversationId, me: UserId): ChatMessage {
  return {
    id: item.id,
    conversationId,
    seq: item.acked?.seq ?? null,
    position: null,
    senderId: me,
    own: true,
    text: item.text ?? null,
    attachments: item.attachments ?? [],
    replyTo: item.replyTo ?? null,
    reactions: [],
    sentAt: item.acked?.sentAt ?? item.at,
    editedAt: null,
    deletedAt: null,
    state: item.acked ? "sent" : item.failure ? "failed" : item.inFlight ? "sending" : "waiting",
    failure: item.failure,
  };
}

/** The row as it will be when the changes that are on their way have arrived. */
export function foreseen(row: Row, changes: readonly Change[], me: UserId): Row {
  let shown = row;
  for (const change of changes) {
    if (change.kind === "edit") shown = { ...shown, text: change.text, editedAt: change.at };
    else if (change.kind === "react")
      shown = { ...shown, reactions: reacted(shown, change.emoji, change.on, me) };
    else
      shown = { ...shown, text: null, attachments: [], replyTo: null, reactions: [], deletedAt: change.at };
  }
  return shown;
}

function reacted({ reactions }: Row, emoji: string, on: boolean, me: UserId): Row["reactions"] {
  const there = reactions.find((reaction) => reaction.emoji === emoji);
  const others = there?.userIds.filter((id) => id !== me) ?? [];
  const userIds = on ? [...others, me] : others;
  if (!there) return on ? [...reactions, { emoji, userIds }] : reactions;
  return reactions
    .map((reaction) => (reaction === there ? { emoji, userIds } : reaction))
    .filter((reaction) => reaction.userIds.length > 0);
}
