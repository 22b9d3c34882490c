import type { Conversation } from "../conversations/conversation.ts";
import { withRead } from "../conversations/entry.ts";
import type { ConversationEntry, ConversationId, MarksRequest } from "../protocol.ts";

/** How long marks are collected: many of them cost as little as the last. */
const COLLECT_MS = 250;

export interface Duties {
  way(): "socket" | "http" | null;
  sendFrame(frame: { type: "read" | "delivered"; conversationId: string; seq: number }): void;
  post(marks: MarksRequest): Promise<ConversationEntry>;
  takeEntry(entry: ConversationEntry): void;
  changed(conversation: Conversation): void;
}

/** Tells the server what arrived and what was read here, until it says so itself. */
export class Marks {
  readonly #duties: Duties;
  readonly #due = new Set<Conversation>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(duties: Duties) {
    this.#duties = duties;
  }

  /** What the line shows has arrived. */
  arrived(conversation: Conversation): void {
    const { lastMessage, peerId, deliveredSeq } = conversation.line;
    if (!lastMessage || lastMessage.senderId !== peerId || lastMessage.seq <= deliveredSeq) return;
    conversation.set({ deliveredSeq: lastMessage.seq });
    this.#collect(conversation);
  }

  read(conversation: Conversation, seq: number): void {
    const { line, replica } = conversation;
    if (seq <= line.readSeq) return;
    const rows = replica?.tail.rows ?? [];
    let left = 0;
    for (let place = rows.length - 1; place >= 0; place--) {
      const row = rows[place];
      if (!row || row.seq <= seq) break;
      if (!row.own && !row.deletedAt) left += 1;
    }
    const { conversationId: _id, ...read } = withRead(line, seq, Math.min(left, line.unread));
    conversation.set(read);
    this.#collect(conversation);
    this.#duties.changed(conversation);
  }

  /** The server answers marks with the line, also when they change nothing. */
  async learnLine(conversationId: ConversationId): Promise<void> {
    const entry = await this.#duties.post({ conversationId }).catch(() => null);
    if (entry) this.#duties.takeEntry(entry);
  }

  /** After `synced`: again, where the server's marks are lower. */
  again(conversations: Iterable<Conversation>): void {
    for (const conversation of conversations) this.#collect(conversation);
  }

  #collect(conversation: Conversation): void {
    if (!isAhead(conversation)) return;
    this.#due.add(conversation);
    this.#timer ??= setTimeout(() => this.#flush(), COLLECT_MS);
  }

  #flush(): void {
    this.#timer = undefined;
    const way = this.#duties.way();
    // Without a way they wait for the next `synced`.
    const due = way ? [...this.#due].filter(isAhead) : [];
    this.#due.clear();
    for (const conversation of due) {
      if (way === "socket") this.#frame(conversation);
      else void this.#post(conversation);
    }
  }

  #frame({ id: conversationId, line, told }: Conversation): void {
    if (line.readSeq > told.readSeq)
      this.#duties.sendFrame({ type: "read", conversationId, seq: line.readSeq });
    if (line.deliveredSeq <= Math.max(told.deliveredSeq, line.readSeq)) return;
    this.#duties.sendFrame({ type: "delivered", conversationId, seq: line.deliveredSeq });
  }

  async #post({ id: conversationId, line }: Conversation): Promise<void> {
    const { deliveredSeq, readSeq } = line;
    const entry = await this.#duties.post({ conversationId, deliveredSeq, readSeq }).catch(() => null);
    if (entry) this.#duties.takeEntry(entry);
  }
}

function isAhead({ line, told }: Conversation): boolean {
  return line.readSeq > told.readSeq || line.deliveredSeq > told.deliveredSeq;
}
