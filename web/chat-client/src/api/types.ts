import type { Attachment, ConversationId, FileId, UserId } from "../protocol.ts";
import type { ChatMessage } from "../threads/view.ts";

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

export interface Contact {
  userID: UserId;
  name: string;
  email: string;
  role: string;
}

export interface HistoryQuery {
  userId: UserId;
  trainerId: UserId;
  before?: number;
  after?: number;
  around?: number;
  limit?: number;
}

export interface Settings {
  presence: boolean;
  receipts: boolean;
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
    getChatHistory(query: HistoryQuery): Promise<ChatMessage[]>;
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
    getSettings(): Promise<Settings>;
    putSettings(settings: Settings): Promise<Settings>;
    /** Everything of one's own, as one zip. */
    exportData(options?: { signal?: AbortSignal }): Promise<Blob>;
  };
}
