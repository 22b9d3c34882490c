// What the screen is built against. W1 owns this file and splits it where the types belong; names stay.
import type {
  Attachment,
  ConversationEntry,
  ConversationId,
  ErrorCode,
  FileId,
  Limits,
  Me,
  MessageId,
  Reaction,
  UserId,
} from "./protocol";

/** Fits React's `useSyncExternalStore`: `get` answers the same object until something changed. */
export interface Readable<T> {
  get(): T;
  subscribe(listener: () => void): () => void;
}

/** What the badge shows: one union, one badge. */
export type ChatStatus =
  | { state: "connecting" }
  | { state: "connected" }
  /** `retryAt`: epoch milliseconds of the next attempt; null while the device is offline. */
  | { state: "disconnected"; reason: "offline" | "waiting"; retryAt: number | null }
  /** Refused for good: only `reconnect()` or a new sign-in helps. */
  | {
      state: "error";
      reason: "signed_out" | "forbidden" | "replaced" | "revoked" | "protocol";
      code: ErrorCode | null;
    };

/** Own messages: waiting (in the outbox) → sending → sent → delivered → read; or failed. Others': received. */
export type MessageState = "waiting" | "sending" | "failed" | "sent" | "delivered" | "read" | "received";

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
  failure: { code: ErrorCode; retryable: boolean } | null;
}

export interface ChatOptions {
  /** `wss://…/ws/chat`. */
  url: string;
  /** Base of the HTTP API; by default the origin of `url` with https/http. */
  apiUrl?: string;
  /** A valid JWT; asked at start, before expiry and after a refusal. Rejecting means signed out. */
  getToken(): Promise<string>;
  client?: { name: string; version: string };
}

export interface Chat {
  /** Known after the first `welcome`, or at once from the local copy. */
  readonly me: Readable<Me | null>;
  readonly status: Readable<ChatStatus>;
  readonly limits: Readable<Limits | null>;
  readonly conversations: Readable<ConversationList>;
  /** Opens (or creates locally) a thread. The same object for the same id. */
  thread(conversationId: ConversationId): Thread;
  /** Names for ids, cached and batched through `GET /api/people`. */
  readonly people: Readable<ReadonlyMap<UserId, { name: string; role: string }>>;
  requestPeople(ids: readonly UserId[]): void;
  /** The peers whose presence is shown (≤ 50). Replaces the last list. */
  watch(userIds: readonly UserId[]): void;
  readonly presence: Readable<ReadonlyMap<UserId, { online: boolean; lastSeenAt: string | null }>>;
  /** Events for notifications and screen readers: rows that arrived live, not by history. */
  onMessage(listener: (message: ChatMessage) => void): () => void;
  /** An attempt at once. */
  reconnect(): void;
  readonly api: Api;
  /** Wipes everything kept of this person and closes. */
  signOut(): Promise<void>;
  close(): void;
}

export interface ConversationList {
  /** Most recent first. */
  entries: readonly ConversationLine[];
  loading: boolean;
  hasMore: boolean;
  error: { code: ErrorCode } | null;
  loadMore(): Promise<void>;
  retry(): void;
}

export interface ConversationLine extends ConversationEntry {
  typing: boolean;
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

export interface Thread {
  readonly view: Readable<ThreadView>;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Shows the rows around one message (search result, quoted reply). */
  jumpTo(seq: number): Promise<void>;
  /** Back to the newest. */
  jumpToEnd(): Promise<void>;
  /** Stored in the outbox before it is first sent; answers the message's id. */
  send(body: { text?: string; attachments?: Attachment[]; replyTo?: number }): Promise<MessageId>;
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

/** A message found, with the places to highlight: [start, end) in Unicode scalar values. */
export interface Found {
  message: ChatMessage;
  highlight: { start: number; end: number }[];
}

export interface UploadOptions {
  /** 0 to 1. */
  onProgress?(done: number): void;
  signal?: AbortSignal;
}

/** The seed's names over HTTP. Failures are `ApiError` with `code`, `retryable`, `retryAfterMs?`, `field?`. */
export interface Api {
  trainer: {
    getMyClients(query?: {
      search?: string;
      after?: string;
      limit?: number;
    }): Promise<{ data: Contact[]; next: string | null }>;
    block(clientId: UserId): Promise<void>;
    unblock(clientId: UserId): Promise<void>;
  };
  user: {
    getMyTrainers(): Promise<{ data: Contact[] }>;
    block(trainerId: UserId): Promise<void>;
    unblock(trainerId: UserId): Promise<void>;
  };
  chat: {
    getChatHistory(query: {
      userId: UserId;
      trainerId: UserId;
      before?: number;
      after?: number;
      around?: number;
      limit?: number;
    }): Promise<ChatMessage[]>;
    search(query: {
      q: string;
      conversationId?: ConversationId;
      after?: string;
    }): Promise<{ data: Found[]; next: string | null }>;
  };
  files: {
    /** Resolves when the file is ready (polls while `processing`). */
    uploadFile(
      file: Blob & { name?: string },
      options?: UploadOptions,
    ): Promise<Attachment & { url: string }>;
    /** Fresh links, at most 100 ids. */
    links(ids: readonly FileId[]): Promise<Map<FileId, { url: string; thumbnailUrl: string | null }>>;
  };
  me: {
    getSettings(): Promise<{ presence: boolean; receipts: boolean }>;
    putSettings(settings: {
      presence: boolean;
      receipts: boolean;
    }): Promise<{ presence: boolean; receipts: boolean }>;
    exportUrl: string;
  };
}
export interface Contact {
  userID: UserId;
  name: string;
  email: string;
  role: string;
}

/* React (`@spotter/chat-client/react`):
   <ChatProvider chat={chat}>
   useStatus(): ChatStatus
   useConversations(): ConversationList
   useChat({ conversationId }): ThreadView & Pick<Thread, "send"|"edit"|…> & { status: ChatStatus; reconnect(): void }
   usePeople(ids): ReadonlyMap   usePresence(ids): ReadonlyMap (watches while mounted)   useMe()   useApi()
*/
