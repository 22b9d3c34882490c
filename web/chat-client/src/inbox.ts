import type { Company } from "./company.ts";
import type { Conversations } from "./conversations/conversations.ts";
import type { CatchUp } from "./device/catch-up.ts";
import type { ConversationId, Limits, Me, ServerFrame } from "./protocol.ts";
import type { Value } from "./store/readable.ts";
import type { Threads } from "./threads/threads.ts";

export interface Rooms {
  me: Value<Me | null>;
  limits: Value<Limits | null>;
  conversations: Conversations;
  catchUp: CatchUp;
  threads: Threads;
  company(work: (company: Company) => unknown): void;
  /** Conversations whose peer types. */
  typing: ReadonlySet<ConversationId>;
  /** The server said who this is. */
  identified(me: Me): void;
}

/** Carries each frame to whom it concerns. */
export class Inbox {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  take(frame: ServerFrame): void {
    const { conversations, catchUp, typing, company, me } = this.#rooms;
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame);
        break;
      case "synced":
        this.caughtUp();
        break;
      case "message":
        if (typing.has(frame.conversationId) && frame.message.senderId !== me.get()?.id) {
          company((some) => some.typing.over(frame.conversationId));
        }
        conversations.takeMessage(frame);
        break;
      case "sync":
        conversations.takeSync(frame);
        catchUp.answered(conversations.get(frame.conversationId));
        break;
      case "conversation":
        conversations.takeEntries([frame]);
        break;
      case "receipt":
        conversations.takeReceipt(frame);
        break;
      case "access":
        conversations.takeAccess(frame);
        break;
      case "typing":
        company((some) => some.typing.heard(frame.conversationId, frame.ttlMs));
        break;
      case "presence":
        company(({ watching }) => watching.heard(frame));
        break;
      case "error":
        company((some) => some.refused(frame));
        break;
    }
  }

  /** Everything is told that is going to be told by itself: what is still missing is asked for. */
  caughtUp(): void {
    const { conversations, catchUp, threads, company } = this.#rooms;
    company(({ marks }) => marks.again(conversations.all));
    catchUp.allBehind();
    threads.again();
  }

  #welcomed(welcome: Extract<ServerFrame, { type: "welcome" }>): void {
    const { me, limits, conversations, company, identified } = this.#rooms;
    const known = me.get();
    const { user } = welcome;
    if (known?.id !== user.id || known.role !== user.role) me.set({ id: user.id, role: user.role });
    limits.set(welcome.limits);
    conversations.welcomed(welcome.conversations, welcome.more, conversations.adopt(welcome.epoch));
    company(({ watching }) => watching.again());
    identified(user);
  }
}
