import type { Connection } from "../connection/connection.ts";
import type { Conversation } from "../conversations/conversation.ts";
import type { Conversations } from "../conversations/conversations.ts";
import type { ClientFrame, ClientVersion, Hello, Resume } from "../protocol.ts";
import { RESUME_POSITIONS } from "../wire/numbers.ts";

const ANSWER_MS = 5_000;

/** Closes what is missing between the copies and the log. */
export class CatchUp {
  readonly #conversations: Conversations;
  readonly #connection: Connection;
  readonly #asked = new Map<Conversation, ReturnType<typeof setTimeout>>();

  constructor(conversations: Conversations, connection: Connection) {
    this.#conversations = conversations;
    this.#connection = connection;
  }

  /** Asks for what lies after the copy: once at a time, again when no answer closed the gap. */
  behind(conversation: Conversation): void {
    // While the socket still syncs, the pages are on their way by themselves; a poll asks for everything.
    if (!this.#connection.state.link?.synced || this.#asked.has(conversation) || !conversation.isBehind)
      return;
    const after = conversation.replica?.position ?? 0;
    const ref = this.#connection.nextRef();
    this.#connection.send({ type: "sync", ref, conversationId: conversation.id, after });
    const again = (): void => {
      this.#asked.delete(conversation);
      this.behind(conversation);
    };
    this.#asked.set(conversation, setTimeout(again, ANSWER_MS));
  }

  /** A page came: the next gap may be asked for. */
  answered(conversation: Conversation): void {
    if (conversation.isBehind) return;
    clearTimeout(this.#asked.get(conversation));
    this.#asked.delete(conversation);
  }

  allBehind(): void {
    for (const conversation of this.#conversations.all) this.behind(conversation);
  }

  hello(device: string, client: ClientVersion): Hello {
    const resume = this.#resume();
    return { device, client, ...(resume ? { resume } : {}) };
  }

  /** A question that changes nothing, whose answer shows that the socket lives. */
  probe(ref: number): ClientFrame | null {
    const [conversation] = this.#conversations.all;
    if (!conversation) return null;
    return { type: "sync", ref, conversationId: conversation.id, after: conversation.line.position };
  }

  /** Where the copies stand. */
  #resume(): Resume | undefined {
    const { epoch } = this.#conversations;
    const copies = [...this.#conversations.all].filter(({ replica }) => replica && !replica.stale);
    copies.sort((a, b) => b.at - a.at);
    const positions = copies
      .slice(0, RESUME_POSITIONS)
      .map(({ id, replica }) => [id, replica?.position ?? 0] as const);
    return epoch && positions.length > 0 ? { epoch, positions: Object.fromEntries(positions) } : undefined;
  }
}
