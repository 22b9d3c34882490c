import type { Attachment, ConversationEntry, Message, ServerFrame, Sync } from "../protocol.ts";
import { type Check, count, flag, isRecord, list, nullable, optional, shape, text } from "./shape.ts";

const attachment = shape({
  id: text,
  url: optional(text),
  contentType: text,
  size: count,
  name: nullable(text),
  width: nullable(count),
  height: nullable(count),
  thumbnailUrl: optional(text),
  placeholder: nullable(text),
  durationMs: nullable(count),
  waveform: nullable(list(count)),
}) as Check<Attachment>;

export const isMessage = shape({
  id: text,
  conversationId: text,
  seq: count,
  position: count,
  senderId: text,
  text: nullable(text),
  attachments: list(attachment),
  replyTo: nullable(count),
  reactions: list(shape({ emoji: text, userIds: list(text) })),
  sentAt: text,
  editedAt: nullable(text),
  deletedAt: nullable(text),
}) as Check<Message>;

const entry = {
  conversationId: text,
  peerId: text,
  position: count,
  lastMessage: nullable(isMessage),
  unread: count,
  readSeq: count,
  deliveredSeq: count,
  peerReadSeq: count,
  peerDeliveredSeq: count,
  canSend: flag,
};
export const isEntry: Check<ConversationEntry> = shape(entry);

export const isSync = shape({
  ref: optional(count),
  conversationId: text,
  from: count,
  to: count,
  messages: list(isMessage),
  more: flag,
  reset: optional(text),
}) as Check<Sync>;

const limits = shape({
  frameBytes: count,
  textChars: count,
  attachments: count,
  editWindowMs: count,
  uploads: list(shape({ types: list(text), bytes: count, durationMs: optional(count) })),
});

const frames: Record<ServerFrame["type"], Check<unknown>> = {
  welcome: shape({
    protocol: count,
    session: text,
    user: shape({ id: text, role: text }),
    epoch: text,
    expiresAt: text,
    heartbeat: shape({ intervalMs: count, graceMs: count }),
    backoff: shape({ minMs: count, maxMs: count }),
    limits,
    conversations: list(isEntry),
    more: flag,
  }),
  ack: shape({
    ref: count,
    conversationId: text,
    id: optional(text),
    seq: optional(count),
    position: optional(count),
    sentAt: optional(text),
    duplicate: flag,
  }),
  message: shape({ conversationId: text, position: count, message: isMessage }),
  sync: isSync,
  synced: shape({}),
  conversation: shape(entry),
  receipt: shape({ conversationId: text, userId: text, deliveredSeq: count, readSeq: count, unread: count }),
  typing: shape({ conversationId: text, userId: text, ttlMs: count }),
  presence: shape({ userId: text, online: flag, lastSeenAt: optional(text) }),
  status: shape({ live: flag }),
  ping: shape({}),
  authExpiring: shape({ inMs: count }),
  authOk: shape({ ref: count, expiresAt: text }),
  reconnect: shape({ afterMs: count }),
  access: shape({ conversationId: text, userId: text, canSend: flag, reason: optional(text) }),
  error: shape({
    ref: optional(count),
    conversationId: optional(text),
    code: text,
    message: text,
    retryable: flag,
    retryAfterMs: optional(count),
    field: optional(text),
  }),
};

/** Null for what is no JSON, of an unknown type or of the wrong shape: such a frame is ignored. */
export function parseFrame(raw: unknown): ServerFrame | null {
  if (typeof raw !== "string") return null;
  let frame: unknown;
  try {
    frame = JSON.parse(raw);
  } catch {
    return null;
  }
  if (!isRecord(frame) || typeof frame.type !== "string" || !Object.hasOwn(frames, frame.type)) return null;
  return frames[frame.type as ServerFrame["type"]](frame) ? (frame as unknown as ServerFrame) : null;
}
