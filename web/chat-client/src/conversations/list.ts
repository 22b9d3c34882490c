import type { ConversationEntry, ErrorCode } from "../protocol.ts";

export interface ConversationLine extends ConversationEntry {
  typing: boolean;
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
