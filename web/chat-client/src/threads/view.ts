import type { Attachment, ConversationId, ErrorCode, MessageId, Reaction, UserId } from "../protocol.ts";
import type { Readable } from "../store/readable.ts";

/** Own messages: waiting (in the outbox) → sending → sent → delivered → read; or failed. Others': received. */
export type MessageState = "waiting" | "sending" | "failed" | "sent" | "delivered" | "read" | "received";

export interface Failure {
  code: ErrorCode;
  retryable: boolean;
}

/** A message as a screen shows it (the seed's name). `seq` and `position` are null until acknowledged. */
export interface ChatMessage {
  id: MessageId;
  conversationId: ConversationId;
  seq: number | null;
  position: number | null;
  senderId: UserId;
  own: boolean;
  text: string | null;
  attachments: Attachment[];
  replyTo: number | null;
  reactions: Reaction[];
  sentAt: string;
  editedAt: string | null;
  deletedAt: string | null;
  state: MessageState;
  /** Why it failed; shown beside retry and discard. */
  failure: Failure | null;
}

export interface ThreadView {
  conversationId: ConversationId;
  peerId: UserId;
  /** Oldest first, gap-free between the first and the last row, own unacknowledged ones at the end. */
  messages: readonly ChatMessage[];
  hasOlder: boolean;
  hasNewer: boolean;
  loading: "first" | "older" | "newer" | null;
  error: { code: ErrorCode } | null;
  /** False: read only (blocked, closed, first-contact limit). */
  canSend: boolean;
  unread: number;
  readSeq: number;
  /** The first message that was unread when the thread was opened; the unread line. */
  unreadFromSeq: number | null;
  typing: boolean;
}

export interface MessageBody {
  text?: string;
  attachments?: Attachment[];
  replyTo?: number;
}

export interface Thread {
  readonly view: Readable<ThreadView>;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Shows the rows around one message (search result, quoted reply). */
  jumpTo(seq: number): Promise<void>;
  /** Back to the newest. */
  jumpToEnd(): Promise<void>;
  /** Stored in the outbox before it is first sent; answers the message's id. */
  send(body: MessageBody): Promise<MessageId>;
  /** Shown at once; resolves when the server has it, rejects with `ApiError` when it is refused. */
  edit(seq: number, text: string): Promise<void>;
  remove(seq: number): Promise<void>;
  react(seq: number, emoji: string, on: boolean): Promise<void>;
  retry(id: MessageId): void;
  discard(id: MessageId): void;
  /** Called by the screen when rows up to `seq` are visible in a focused tab. */
  markRead(seq: number): void;
  /** Called on each key; sends at most one frame every 3 s. */
  typing(): void;
}
