import type { Attachment, ConversationId, MessageId } from "../protocol.ts";
import type { Failure } from "../threads/view.ts";

/** What the server said of an item, until the row itself arrives. */
export interface Acked {
  position: number;
  seq: number | null;
  sentAt: string | null;
}

interface Queued {
  /** Names the item; of a message to send also the message's id. */
  id: MessageId;
  conversationId: ConversationId;
  /** When it was written, RFC 3339. */
  at: string;
  failure: Failure | null;
  /** Given by the store: items of a conversation go out in this order. */
  order?: number;
  /** This tab waits for the server's word. Not stored. */
  inFlight?: boolean;
  /** The server has it. Not stored: by then the item has left the store. */
  acked?: Acked;
}

export interface SendItem extends Queued {
  kind: "send";
  text?: string;
  attachments?: Attachment[];
  replyTo?: number;
}

export type ChangeBody =
  | { kind: "edit"; text: string }
  | { kind: "delete" }
  | { kind: "react"; emoji: string; on: boolean };
export type Change = Queued & { seq: number } & ChangeBody;
export type Item = SendItem | Change;

/** What is kept: an item without what only this tab knows. */
export function stored({ inFlight: _inFlight, acked: _acked, ...item }: Item): Item {
  return item as Item;
}
