// Names, marks, who types and who is there. Fetched when the first of them is needed.
import type { Http } from "./api/http.ts";
import { people } from "./api/people.ts";
import type { Connection } from "./connection/connection.ts";
import type { Conversations } from "./conversations/conversations.ts";
import { Marks } from "./marks/marks.ts";
import { postMarks } from "./over-http.ts";
import { type Named, People } from "./people/people.ts";
import { type Presence, Watching } from "./presence/presence.ts";
import { Typing } from "./presence/typing.ts";
import type { ConversationId, ServerFrame, UserId } from "./protocol.ts";
import type { Value } from "./store/readable.ts";

export interface Around {
  connection: Connection;
  http: Http;
  conversations: Conversations;
  people: Value<ReadonlyMap<UserId, Named>>;
  presence: Value<ReadonlyMap<UserId, Presence>>;
  /** Conversations whose peer types. */
  typing: Set<ConversationId>;
  now(): number;
  typingChanged(conversationId: ConversationId): void;
  learnt(): void;
}

export class Company {
  readonly marks: Marks;
  readonly people: People;
  readonly typing: Typing;
  readonly watching: Watching;

  constructor({ connection, http, conversations, ...around }: Around) {
    this.marks = new Marks({
      way: () => connection.way,
      sendFrame: (frame) => void connection.send(frame),
      post: (marks) => postMarks(http, marks),
      takeEntry: (entry) => conversations.takeEntries([entry]),
      changed: (conversation) => conversations.changed(conversation),
    });
    this.people = new People(around.people, (ids) => people(http, ids), around.learnt);
    this.typing = new Typing({
      now: around.now,
      typing: around.typing,
      send: (conversationId) => connection.send({ type: "typing", conversationId }),
      changed: around.typingChanged,
    });
    this.watching = new Watching(around.presence, (userIds) => {
      const ref = connection.nextRef();
      connection.send({ type: "watch", ref, userIds: [...userIds] });
      return ref;
    });
  }

  /** A frame that this server does not serve is not sent again: ten of them close a socket. */
  refused({ ref, code }: Extract<ServerFrame, { type: "error" }>): void {
    if (code !== "bad_frame") return;
    if (this.watching.asked(ref)) this.watching.refused = true;
    else if (ref === undefined || ref === null) this.typing.refused = true;
  }
}
