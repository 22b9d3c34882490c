import { v7 } from "uuid";
import { api, conversationPage, people } from "./api/api.ts";
import { asApiError } from "./api/error.ts";
import { type Http, http } from "./api/http.ts";
import { bearerOf, meOf, type Tokens, tokens } from "./api/token.ts";
import type { Api } from "./api/types.ts";
import { Keeper } from "./cache/keeper.ts";
import type { Chat, ChatOptions } from "./chat.ts";
import { Connection } from "./connection/connection.ts";
import type { Answer, State } from "./connection/machine.ts";
import { Poller } from "./connection/poller.ts";
import type { Conversation } from "./conversations/conversation.ts";
import { Conversations } from "./conversations/conversations.ts";
import { CatchUp } from "./device/catch-up.ts";
import { Marks } from "./marks/marks.ts";
import { deliverer } from "./outbox/exchange.ts";
import { tabLocks } from "./outbox/locks.ts";
import { Outbox } from "./outbox/outbox.ts";
import { People } from "./people/people.ts";
import { Watching } from "./presence/presence.ts";
import { Typing } from "./presence/typing.ts";
import type {
  ConversationEntry,
  ConversationId,
  Hello,
  Limits,
  Me,
  Message,
  ServerFrame,
  UserId,
} from "./protocol.ts";
import { Session } from "./session.ts";
import { value } from "./store/readable.ts";
import { Threads } from "./threads/threads.ts";
import type { ChatMessage } from "./threads/view.ts";
import { isEntry } from "./wire/frames.ts";

const now = (): number => Date.now();
const random = (): number => Math.random();
/** Names this tab to the server: two sockets of one device are one that was replaced. */
const device = v7();

/** Puts the pieces together and carries frames between them. */
export class Client implements Chat {
  readonly me = value<Me | null>(null);
  readonly limits = value<Limits | null>(null);
  readonly api: Api;
  readonly #client: { name: string; version: string };
  readonly #tokens: Tokens;
  readonly #http: Http;
  readonly #session: Session;
  readonly #connection: Connection;
  readonly #conversations: Conversations;
  readonly #catchUp: CatchUp;
  readonly #outbox: Outbox;
  readonly #threads: Threads;
  readonly #marks: Marks;
  readonly #typing: Typing;
  readonly #watching: Watching;
  readonly #people: People;
  readonly #keeper: Keeper;
  readonly #poller: Poller;
  readonly #listeners = new Set<(message: ChatMessage) => void>();
  #isReady: () => void = () => {};
  #watchRef = 0;
  #over = false;

  constructor({ url, apiUrl, getToken, client = { name: "web", version: "0.1.0" } }: ChatOptions) {
    this.#client = client;
    this.#session = new Session({
      noticed: (notice) => void this.#outbox.noticed(notice),
      signedOut: () => this.#end(),
    });
    this.#tokens = tokens(async () => this.#session.admit(await getToken()), now);
    this.#http = http(apiUrl ?? originOf(url), this.#tokens);
    this.#typing = new Typing({
      now,
      send: (conversationId) => this.#connection.send({ type: "typing", conversationId }),
      changed: (id) => {
        this.#threads.invalidate(id);
        this.#conversations.list.invalidate();
      },
    });
    this.#connection = new Connection(
      {
        url,
        tokens: this.#tokens,
        hello: () => this.#hello(),
        probe: (ref) => this.#probe(ref),
        ask: () => this.#ask(),
        frame: (frame) => this.#frame(frame),
        changed: (before) => this.#changed(before),
      },
      { now, random },
    );
    this.#conversations = new Conversations({
      me: () => this.me.get()?.id,
      isTyping: (id) => this.#typing.is(id),
      changed: (conversation) => this.#conversationChanged(conversation),
      behind: (conversation) => this.#catchUp.behind(conversation),
      reset: (conversation) => this.#threads.reset(conversation),
      arrived: (message) => this.#arrived(message),
      page: (after) => conversationPage(this.#http, after),
      code: (error) => asApiError(error).code,
    });
    this.#catchUp = new CatchUp(this.#conversations, this.#connection, this.#http);
    this.#outbox = this.#makeOutbox();
    this.#marks = this.#makeMarks();
    this.#watching = new Watching((userIds) => this.#watch(userIds));
    this.#people = new People(
      (ids) => people(this.#http, ids),
      () => void this.#keepAbout(),
    );
    this.#keeper = new Keeper(
      (records) => this.#session.db.put(records),
      () => this.#conversations.epoch,
    );
    this.#poller = new Poller(() => this.#poll(), random);
    this.#threads = new Threads({
      me: () => this.me.get(),
      now,
      ready: new Promise((resolve) => {
        this.#isReady = resolve;
      }),
      http: this.#http,
      conversations: this.#conversations,
      outbox: this.#outbox,
      marks: this.#marks,
      people: this.#people,
      typing: this.#typing,
    });
    this.api = api(this.#http, this.#tokens, (row) => this.#conversations.get(row.conversationId).row(row));
  }

  get status(): Chat["status"] {
    return this.#connection.status;
  }

  get conversations(): Chat["conversations"] {
    return this.#conversations.list;
  }

  get people(): Chat["people"] {
    return this.#people.known;
  }

  get presence(): Chat["presence"] {
    return this.#watching.known;
  }

  /** Shows what is kept of the person, then connects with its positions. */
  async start(): Promise<void> {
    const token = await this.#tokens.get().catch(() => null);
    const id = token === null ? undefined : bearerOf(token)?.id;
    if (token !== null && id) await this.#begin(id, meOf(token));
    if (!this.#over) this.#connection.start();
  }

  thread(id: ConversationId): ReturnType<Chat["thread"]> {
    return this.#threads.get(id);
  }

  requestPeople(ids: readonly UserId[]): void {
    void this.#people.request(ids);
  }

  watch(userIds: readonly UserId[]): void {
    this.#watching.watch(userIds);
  }

  onMessage(listener: (message: ChatMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reconnect(): void {
    if (this.#over) return;
    this.#tokens.refused();
    this.#connection.start();
    this.#connection.on({ type: "reconnect" });
  }

  async signOut(): Promise<void> {
    this.#end();
    await this.#session.wipe();
  }

  close(): void {
    void this.#keeper.flush().then(() => this.#session.end());
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#poller.set(false);
    this.#keeper.stop();
    this.#threads.stop();
    this.#connection.stop();
  }

  async #begin(id: UserId, bearer: Me | null): Promise<void> {
    const left = await this.#session.begin(id);
    this.me.set(left.me ?? bearer);
    this.#people.learn(left.people);
    this.#conversations.restore(left.conversations);
    await this.#outbox.open();
    if (this.me.get()) this.#isReady();
  }

  #hello(): Hello {
    const resume = this.#catchUp.resume();
    return { device, client: this.#client, ...(resume ? { resume } : {}) };
  }

  #frame(frame: ServerFrame): void {
    const conversations = this.#conversations;
    switch (frame.type) {
      case "welcome":
        return void this.#welcomed(frame);
      case "synced":
        return this.#synced();
      case "message":
        if (frame.message.senderId !== this.me.get()?.id) this.#typing.over(frame.conversationId);
        return conversations.takeMessage(frame);
      case "sync":
        conversations.takeSync(frame);
        return this.#catchUp.answered(conversations.get(frame.conversationId));
      case "conversation":
        return conversations.takeEntries([frame]);
      case "receipt":
        return conversations.takeReceipt(frame);
      case "access":
        return conversations.takeAccess(frame);
      case "typing":
        return this.#typing.heard(frame.conversationId, frame.ttlMs);
      case "presence":
        return this.#watching.heard(frame);
      case "error":
        return this.#refused(frame);
    }
  }

  async #welcomed({
    user,
    limits,
    epoch,
    conversations,
    more,
  }: Extract<ServerFrame, { type: "welcome" }>): Promise<void> {
    this.me.set(sameMe(this.me.get(), user));
    this.limits.set(limits);
    this.#conversations.welcomed(conversations, more, this.#conversations.adopt(epoch));
    this.#watching.again();
    if (this.#session.userId === null) await this.#begin(user.id, user);
    this.#isReady();
    void this.#keepAbout();
  }

  #synced(): void {
    this.#marks.again(this.#conversations.all);
    this.#catchUp.allBehind();
    this.#threads.again();
  }

  /** A frame that this server does not serve yet is not sent again: ten of them close a socket. */
  #refused({ ref, code }: Extract<ServerFrame, { type: "error" }>): void {
    if (code !== "bad_frame") return;
    if (ref === this.#watchRef) this.#watching.refused = true;
    else if (ref === undefined || ref === null) this.#typing.refused = true;
  }

  #changed(before: State): void {
    const { link } = this.#connection.state;
    const way = this.#connection.way;
    const isNewLink = link !== null && link.socket !== before.link?.socket;
    const isBack = before.link?.brokerAway === true && link?.brokerAway === false;
    if (before.link && !link) this.#watching.lost();
    this.#poller.set(way === "http");
    if (isNewLink || isBack) this.#outbox.kick();
    if (isBack) this.#synced();
  }

  async #poll(): Promise<void> {
    await this.#catchUp.poll();
    this.#outbox.kick();
    this.#marks.again(this.#conversations.all);
  }

  #arrived(message: Message): void {
    const row = this.#conversations.get(message.conversationId).row(message);
    for (const listener of this.#listeners) listener(row);
  }

  #conversationChanged(conversation: Conversation): void {
    this.#marks.arrived(conversation);
    this.#settleArrived(conversation);
    this.#keeper.changed(conversation);
    this.#threads.invalidate(conversation.id);
    if (conversation.isBehind) this.#catchUp.behind(conversation);
  }

  #settleArrived({ id, replica, line }: Conversation): void {
    if (this.#outbox.of(id).length === 0) return;
    const ids = new Set(replica?.tail.rows.slice(-200).map((row) => row.id));
    if (line.lastMessage) ids.add(line.lastMessage.id);
    this.#outbox.arrived(id, ids);
  }

  #makeOutbox(): Outbox {
    return new Outbox({
      store: this.#session.store,
      locks: tabLocks("spotter-outbox"),
      way: () => this.#connection.way,
      deliver: deliverer(this.#connection, this.#http, random),
      hasArrived: (id, position) => {
        const { replica } = this.#conversations.get(id);
        return !replica || replica.stale || replica.position >= position;
      },
      changed: (id) => this.#threads.invalidate(id),
      tell: (notice) => this.#session.tell(notice),
      later: (ms, run) => void setTimeout(run, ms),
    });
  }

  #makeMarks(): Marks {
    return new Marks({
      way: () => this.#connection.way,
      sendFrame: (frame) => void this.#connection.send(frame),
      post: async (marks) => {
        const { body } = await this.#http.send("POST", "/api/chat/marks", marks);
        if (!isEntry(body)) throw new Error("no conversation's entry");
        return body;
      },
      takeEntry: (entry: ConversationEntry) => this.#conversations.takeEntries([entry]),
      changed: (conversation) => this.#conversations.changed(conversation),
    });
  }

  #watch(userIds: readonly UserId[]): void {
    this.#watchRef = this.#connection.nextRef();
    this.#connection.send({ type: "watch", ref: this.#watchRef, userIds: [...userIds] });
  }

  #probe(ref: number): Parameters<Connection["send"]>[0] | null {
    const [conversation] = this.#conversations.all;
    if (!conversation) return null;
    return { type: "sync", ref, conversationId: conversation.id, after: conversation.line.position };
  }

  async #ask(): Promise<Answer> {
    try {
      await this.#http.get("/api/chat/conversations", { limit: 1 });
      return { kind: "fine" };
    } catch (error) {
      const { code, retryAfterMs } = asApiError(error);
      return { kind: "refused", code, retryAfterMs };
    }
  }

  async #keepAbout(): Promise<void> {
    await this.#session.db.putAbout({ me: this.me.get(), people: this.#people.list() }).catch(() => {});
  }
}

function sameMe(known: Me | null, told: Me): Me {
  return known?.id === told.id && known.role === told.role ? known : told;
}

function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol === "ws:" ? "http:" : "https:"}//${host}`;
}
