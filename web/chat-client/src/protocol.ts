// The wire, printed from `shared/protocol` by `make docs`. Change the Rust types, never this file.

/**
 * A person: a trainer or a client. Issued by the platform.
 */
export type UserId = string;

/**
 * An uploaded file.
 */
export type FileId = string;

/**
 * Names this copy of the log; changes only after a restore from backup.
 */
export type Epoch = string;

/**
 * A message's id and its idempotency key in one conversation: a `UUIDv7` made by the sender's device.
 */
export type MessageId = string;

/**
 * The two people of a conversation. Written `conversation:{trainerId}:{clientId}`.
 */
export type ConversationId = string;

/**
 * One client instance (in a browser: a tab), chosen by the client.
 */
export type DeviceId = string;

/**
 * One accepted socket, chosen by the gateway.
 */
export type SessionId = string;

/**
 * Who a token speaks for.
 */
export type Role = "Trainer" | "User" | "Platform";

/**
 * Why a request or a frame was refused.
 */
export type ErrorCode = "bad_frame" | "invalid_field" | "empty_message" | "text_too_long" | "unauthenticated" | "token_expired" | "forbidden" | "not_found" | "read_only" | "idempotency_conflict" | "edit_conflict" | "edit_window_over" | "upload_rejected" | "unsupported_media_type" | "payload_too_large" | "rate_limited" | "overloaded" | "unavailable" | "internal";

/**
 * One message in its latest state. Absent values are `null`, so that a row always has the same keys.
 */
export type Message = { id: MessageId, conversationId: ConversationId, seq: number,
/**
 * Of the row's latest change; a row never replaces one with a higher position.
 */
position: number, senderId: UserId, text: string | null, attachments: Array<Attachment>, replyTo: number | null, reactions: Array<Reaction>, sentAt: string, editedAt: string | null, deletedAt: string | null, };

/**
 * A file of a message. Links expire at the end of the next full hour.
 */
export type Attachment = { id: FileId,
/**
 * Absent only in previews.
 */
url?: string, contentType: string,
/**
 * Bytes.
 */
size: number, name: string | null, width: number | null, height: number | null, thumbnailUrl?: string,
/**
 * Thumbhash, base64.
 */
placeholder: string | null, durationMs: number | null,
/**
 * [`limits::WAVEFORM_POINTS`] levels, the loudest 255.
 */
waveform: Array<number> | null, };

export type Reaction = { emoji: string, userIds: Array<UserId>, };

/**
 * A conversation's line in the list, as one of its two people sees it.
 */
export type ConversationEntry = { conversationId: ConversationId, peerId: UserId,
/**
 * The conversation's head.
 */
position: number,
/**
 * A preview: text cut to [`limits::PREVIEW_CHARS`], attachments without links.
 */
lastMessage: Message | null,
/**
 * Undeleted messages of the peer after `read_seq`, counted up to [`limits::UNREAD`].
 */
unread: number, readSeq: number, deliveredSeq: number, peerReadSeq: number, peerDeliveredSeq: number, canSend: boolean, };

/**
 * The sizes a file is served in.
 */
export type Variant = "full" | "screen" | "thumb";

/**
 * A frame from a client, as it stands on the wire. Ids are strings here: a malformed one is
 * `invalid_field` with its name, while a wrong type is `bad_frame`.
 */
export type ClientFrame = { "type": "hello" } & Hello | { "type": "send" } & Send | { "type": "edit", ref: number, conversationId: string, seq: number, text: string, ifPosition?: number, } | { "type": "delete", ref: number, conversationId: string, seq: number, } | { "type": "react", ref: number, conversationId: string, seq: number, emoji: string, on: boolean, } | { "type": "delivered", ref?: number, conversationId: string, seq: number, } | { "type": "read", ref?: number, conversationId: string, seq: number, } | { "type": "typing", conversationId: string, } | { "type": "watch", ref: number, userIds: Array<string>, } | { "type": "sync", ref: number, conversationId: string, after: number, } | { "type": "auth", ref: number, token: string, } | { "type": "pong" };

/**
 * The first frame, within 5 s.
 */
export type Hello = {
/**
 * Names this client instance (in a browser: this tab). UUID.
 */
device: string, client?: ClientVersion, resume?: Resume, };

export type ClientVersion = { name: string, version: string, };

/**
 * Where a device stands: at most 500 conversations.
 */
export type Resume = { epoch: string, positions: { [key in string]: number }, };

/**
 * A message on its way. `POST /api/chat/messages` takes the same body without `ref`.
 */
export type Send = { ref: number, conversationId: string,
/**
 * UUIDv7: the message's id and its idempotency key in that conversation.
 */
id: string, text?: string, attachments?: Array<string>, replyTo?: number,
/**
 * W3C trace context; linked to, never trusted for sampling.
 */
traceparent?: string, };

export type SendBody = { conversationId: string,
/**
 * UUIDv7: the message's id and its idempotency key in that conversation.
 */
id: string, text?: string, attachments?: Array<string>, replyTo?: number,
/**
 * W3C trace context; linked to, never trusted for sampling.
 */
traceparent?: string, };

/**
 * A frame from the server. Clients ignore types they do not know.
 */
export type ServerFrame = { "type": "welcome" } & Welcome<Array<ConversationEntry>> | { "type": "ack", ref: number, conversationId: ConversationId, id?: MessageId, seq?: number, position?: number, sentAt?: string, duplicate: boolean, } | { "type": "message", conversationId: ConversationId, position: number, message: Message, } | { "type": "sync" } & Sync | { "type": "synced" } | { "type": "conversation" } & ConversationEntry | { "type": "receipt", conversationId: ConversationId, userId: UserId, deliveredSeq: number, readSeq: number, unread: number, } | { "type": "typing", conversationId: ConversationId, userId: UserId, ttlMs: number, } | { "type": "presence", userId: UserId, online: boolean, lastSeenAt?: string, } | { "type": "status", live: boolean, } | { "type": "ping" } | { "type": "authExpiring", inMs: number, } | { "type": "authOk", ref: number, expiresAt: string, } | { "type": "reconnect", afterMs: number, } | { "type": "access", conversationId: ConversationId, userId: UserId, canSend: boolean, reason?: string, } | { "type": "error" } & ErrorFrame;

/**
 * The answer to `hello`.
 */
export type Welcome<C = Array<ConversationEntry>> = { protocol: number, session: SessionId, user: Me, epoch: Epoch, expiresAt: string, serverTime: string, heartbeat: Heartbeat, backoff: Backoff, limits: Limits,
/**
 * The most recently active ones; the gateway passes chat-history's bytes on.
 */
conversations: C,
/**
 * Whether `GET /api/chat/conversations` has more.
 */
more: boolean, };

export type Me = { id: UserId, role: Role, };

export type Heartbeat = { intervalMs: number, graceMs: number, };

export type Backoff = { minMs: number, maxMs: number, };

/**
 * What `welcome` tells a client about the server's limits.
 */
export type Limits = { frameBytes: number, textChars: number, attachments: number, editWindowMs: number, uploads: Array<Uploads>, };

/**
 * One group of content types that may be uploaded.
 */
export type Uploads = { types: Array<string>, bytes: number, durationMs?: number, };

/**
 * What became of a change. For a `send` the same for ever for the same id.
 */
export type Ack = { conversationId: ConversationId, id?: MessageId, seq?: number, position?: number, sentAt?: string, duplicate: boolean, };

/**
 * Rows with `from < position ≤ to`, in order.
 */
export type Sync = { ref?: number, conversationId: ConversationId, from: number,
/**
 * With `more`, the last row's position; else the head read together with the rows.
 */
to: number, messages: Array<Message>, more: boolean, reset?: Reset, };

/**
 * Why a device must drop its copy and load the newest page from history.
 */
export type Reset = "epoch_changed" | "too_far" | "ahead";

export type ErrorFrame = { ref?: number, conversationId?: ConversationId, code: ErrorCode, message: string, retryable: boolean, retryAfterMs?: number, field?: string, };

/**
 * `{"data": …}`: every list but history.
 */
export type List<T> = { data: Array<T>, };

/**
 * RFC 9457, `application/problem+json`.
 */
export type Problem = {
/**
 * Always `about:blank`: `code` is what programs read.
 */
type: string, title: string,
/**
 * What to do instead, where there is something to say.
 */
detail?: string, status: number, code: ErrorCode, retryable: boolean, retryAfterMs?: number, field?: string, traceId?: string, };

/**
 * `GET` and `PUT /api/me/settings`: what others may see of one.
 */
export type Settings = {
/**
 * Whether others see that one is online, and when one was last.
 */
presence: boolean,
/**
 * Whether the two of a conversation see how far the other has been delivered and has read: where one
 * of them hides it, neither does.
 */
receipts: boolean, };

/**
 * From `start` to before `end`, in characters of the text (Unicode scalar values).
 */
export type Highlight = { start: number, end: number, };

/**
 * `GET /api/chat/search`: a message with what was looked for.
 */
export type FoundMessage = {
/**
 * In order, without overlap.
 */
highlight: Array<Highlight>, id: MessageId, conversationId: ConversationId, seq: number,
/**
 * Of the row's latest change; a row never replaces one with a higher position.
 */
position: number, senderId: UserId, text: string | null, attachments: Array<Attachment>, replyTo: number | null, reactions: Array<Reaction>, sentAt: string, editedAt: string | null, deletedAt: string | null, };

/**
 * `POST /api/chat/marks`: answers the conversation's entry.
 */
export type MarksRequest = { conversationId: string, deliveredSeq?: number,
/**
 * Raises delivered too.
 */
readSeq?: number, };

/**
 * `POST /api/chat/sync`: the polling fallback.
 */
export type SyncRequest = { epoch: string,
/**
 * At most [`crate::limits::RESUME_POSITIONS`].
 */
positions: { [key in string]: number }, };

export type SyncResponse = { epoch: Epoch,
/**
 * `sync` frames without `ref`, of the changed ones only.
 */
syncs: Array<{ "type": "sync" } & Sync>,
/**
 * Entries that are new, or whose marks or access changed.
 */
conversations: Array<ConversationEntry>, };

/**
 * A person with an address: what a trainer sees of clients and a client of trainers.
 */
export type Contact = { userID: UserId, name: string, email: string, role: Role, };

/**
 * A person's name: `GET /api/people`.
 */
export type Person = { userID: UserId, name: string, role: Role, };

/**
 * `PUT /api/directory/users/{id}`.
 */
export type DirectoryUser = { name: string, email: string,
/**
 * Never `Platform`: a service is not in the directory.
 */
role: Role,
/**
 * A lower one than the stored is ignored.
 */
version?: number, };

export type BookingStatus = "active" | "completed" | "cancelled";

/**
 * `PUT /api/directory/bookings/{id}`.
 */
export type DirectoryBooking = { trainerId: UserId, clientId: UserId, status: BookingStatus, startsAt: string, endsAt: string, version?: number, };

/**
 * `POST /api/files/upload`.
 */
export type Uploaded = { url: string, id: FileId, contentType: string, size: number, width: number | null, height: number | null, thumbnailUrl: string | null, placeholder: string | null,
/**
 * Of a voice message alone.
 */
durationMs?: number,
/**
 * Of a voice message alone: [`crate::limits::WAVEFORM_POINTS`] levels, the loudest 255.
 */
waveform?: Array<number>, };

/**
 * `GET /api/files/{id}`; and what an upload answers that is not ready in a few seconds.
 */
export type FileStatus = { "state": "processing", id: FileId, } | { "state": "ready" } & Uploaded | { "state": "rejected", id: FileId, code: ErrorCode, };

/**
 * `POST /api/files/links`.
 */
export type LinksRequest = {
/**
 * At most [`crate::limits::IDS`].
 */
ids: Array<string>, };

export type FileLinks = { id: FileId, url: string, thumbnailUrl: string | null, };

/** The subprotocol to offer, and what precedes the token in the second one. */
export const SUBPROTOCOL = "chat.v1";
export const BEARER_SUBPROTOCOL = "bearer.";

/** Every error code: its HTTP status, and whether the same request may succeed later. */
export const ERRORS = {
  bad_frame: { status: 400, retryable: false },
  invalid_field: { status: 422, retryable: false },
  empty_message: { status: 422, retryable: false },
  text_too_long: { status: 422, retryable: false },
  unauthenticated: { status: 401, retryable: false },
  token_expired: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  read_only: { status: 409, retryable: false },
  idempotency_conflict: { status: 409, retryable: false },
  edit_conflict: { status: 409, retryable: false },
  edit_window_over: { status: 409, retryable: false },
  upload_rejected: { status: 422, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  payload_too_large: { status: 413, retryable: false },
  rate_limited: { status: 429, retryable: true },
  overloaded: { status: 503, retryable: true },
  unavailable: { status: 503, retryable: true },
  internal: { status: 500, retryable: true },
} as const satisfies Record<ErrorCode, { status: number; retryable: boolean }>;

/** Why the server closes a socket: 4000–4499 reconnect with backoff, 4500–4999 stop. */
export const CLOSE = {
  websocket_protocol: 1002,
  binary_frame: 1003,
  invalid_utf8: 1007,
  frame_too_big: 1009,
  going_away: 4000,
  internal: 4001,
  no_hello: 4002,
  idle: 4004,
  too_slow: 4005,
  rate_limited: 4029,
  token_expired: 4401,
  protocol_error: 4500,
  forbidden: 4503,
  replaced: 4504,
  revoked: 4505,
} as const;

export type CloseReason = keyof typeof CLOSE;

/** Whether a client may connect again after this close code. */
export function reconnects(code: number): boolean {
  return code < 4500;
}

/** Limits of the wire; `welcome.limits` says those a server may configure. */
export const LIMITS = {
  FRAME_BYTES: 65536,
  SERVER_FRAME_BYTES: 262144,
  TEXT_CHARS: 4000,
  ATTACHMENTS: 10,
  EDIT_WINDOW_MS: 86400000,
  TOKEN_BYTES: 4096,
  RESUME_POSITIONS: 500,
  WELCOME_CONVERSATIONS: 50,
  PREVIEW_CHARS: 200,
  SYNC_ROWS: 200,
  SYNC_TOO_FAR: 2000,
  HISTORY_ROWS: 200,
  HISTORY_ROWS_DEFAULT: 50,
  UPLOAD_BYTES: 10485760,
  VOICE_MS: 300000,
  WAVEFORM_POINTS: 64,
  IDS: 100,
  UNREAD: 100,
  TYPING_TTL_MS: 6000,
  TYPING_EVERY_MS: 3000,
  WATCHED: 50,
  SEARCH_CHARS: 200,
  BAD_FRAMES: 10,
  FIRST_CONTACTS_PER_DAY: 10,
  FIRST_CONTACT_MESSAGES: 3,
} as const;
