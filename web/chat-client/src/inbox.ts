import type { Conversations } from "./conversations/conversations.ts";
import type { CatchUp } from "./device/catch-up.ts";
import type { Marks } from "./marks/marks.ts";
import type { Watching } from "./presence/presence.ts";
import type { Typing } from "./presence/typing.ts";
import type { Limits, Me, ServerFrame } from "./protocol.ts";
import type { Value } from "./store/readable.ts";
import type { Threads } from "./threads/threads.ts";

export interface Rooms {
  me: Value<Me | null>;
  limits: Value<Limits | null>;
  conversations: Conversations;
  catchUp: CatchUp;
  threads: Threads;
  marks: Marks;
  typing: Typing;
  watching: Watching;
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
    const { conversations, catchUp, typing, watching, me } = this.#rooms;
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame);
        break;
      case "synced":
        this.caughtUp();
        break;
      case "message":
        if (frame.message.senderId !== me.get()?.id) typing.over(frame.conversationId);
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
        typing.heard(frame.conversationId, frame.ttlMs);
        break;
      case "presence":
        watching.heard(frame);
        break;
      case "error":
        this.#refused(frame);
        break;
    }
  }

  /** Everything is told that is going to be told by itself: what is still missing is asked for. */
  caughtUp(): void {
    const { conversations, catchUp, threads, marks } = this.#rooms;
    marks.again(conversations.all);
    catchUp.allBehind();
    threads.again();
  }

  #welcomed(welcome: Extract<ServerFrame, { type: "welcome" }>): void {
    const { me, limits, conversations, watching, identified } = this.#rooms;
    const known = me.get();
    const { user } = welcome;
    if (known?.id !== user.id || known.role !== user.role) me.set({ id: user.id, role: user.role });
    limits.set(welcome.limits);
    conversations.welcomed(welcome.conversations, welcome.more, conversations.adopt(welcome.epoch));
    watching.again();
    identified(user);
  }

  /** A frame that this server does not serve is not sent again: ten of them close a socket. */
  #refused({ ref, code }: Extract<ServerFrame, { type: "error" }>): void {
    const { watching, typing } = this.#rooms;
    if (code !== "bad_frame") return;
    if (watching.asked(ref)) watching.refused = true;
    else if (ref === undefined || ref === null) typing.refused = true;
  }
}
