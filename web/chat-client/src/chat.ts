import type { Api } from "./api/types.ts";
import type { ChatStatus } from "./connection/status.ts";
import type { ConversationList } from "./conversations/list.ts";
import type { Named } from "./people/people.ts";
import type { Presence } from "./presence/presence.ts";
import type { ConversationId, Limits, Me, UserId } from "./protocol.ts";
import type { Readable } from "./store/readable.ts";
import type { ChatMessage, Thread } from "./threads/view.ts";

export interface ChatOptions {
  /** `wss://…/ws/chat`. */
  url: string;
  /** Base of the HTTP API; by default the origin of `url` with https/http. */
  apiUrl?: string;
  /** A valid JWT; asked at start, before expiry and after a refusal. Rejecting three times in a row means signed out. */
  getToken(): Promise<string>;
  client?: { name: string; version: string };
}

export interface Chat {
  /** Known after the first `welcome`, or at once from the token and the local copy. */
  readonly me: Readable<Me | null>;
  readonly status: Readable<ChatStatus>;
  readonly limits: Readable<Limits | null>;
  readonly conversations: Readable<ConversationList>;
  /** Opens (or creates locally) a thread. The same object for the same id. */
  thread(conversationId: ConversationId): Thread;
  /** Names for ids, cached and batched through `GET /api/people`. */
  readonly people: Readable<ReadonlyMap<UserId, Named>>;
  requestPeople(ids: readonly UserId[]): void;
  /** The peers whose presence is shown (≤ 50). Replaces the last list. */
  watch(userIds: readonly UserId[]): void;
  readonly presence: Readable<ReadonlyMap<UserId, Presence>>;
  /** Events for notifications and screen readers: rows that arrived live, not by history. */
  onMessage(listener: (message: ChatMessage) => void): () => void;
  /** An attempt at once. */
  reconnect(): void;
  readonly api: Api;
  /** Wipes everything kept of this person and closes. */
  signOut(): Promise<void>;
  close(): void;
}
