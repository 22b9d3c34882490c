import { askWhy } from "./api/ask.ts";
import { people } from "./api/calls.ts";
import { asApiError } from "./api/error.ts";
import { type Http, http } from "./api/http.ts";
import { lazyApi } from "./api/lazy.ts";
import { bearerOf, meOf, type Tokens, tokens } from "./api/token.ts";
import type { Api } from "./api/types.ts";
import { Keeper } from "./cache/keeper.ts";
import type { Chat, ChatOptions } from "./chat.ts";
import { Connection } from "./connection/connection.ts";
import type { State } from "./connection/events.ts";
import { Poller } from "./connection/poller.ts";
import type { Conversation } from "./conversations/conversation.ts";
import { Conversations } from "./conversations/conversations.ts";
import { CatchUp } from "./device/catch-up.ts";
import { Inbox } from "./inbox.ts";
import { later } from "./later.ts";
import { Marks } from "./marks/marks.ts";
import { hasArrived, settleArrived } from "./outbox/arrivals.ts";
import { deliverer } from "./outbox/exchange.ts";
import { tabLocks } from "./outbox/locks.ts";
import { Outbox } from "./outbox/outbox.ts";
import { People } from "./people/people.ts";
import { Watching } from "./presence/presence.ts";
import { Typing } from "./presence/typing.ts";
import type { ConversationEntry, Limits, Me, Message, ServerFrame, UserId } from "./protocol.ts";
import { Session } from "./session.ts";
import { value } from "./store/readable.ts";
import { Threads } from "./threads/threads.ts";
import type { ChatMessage } from "./threads/view.ts";
import { uuidv7 } from "./wire/uuid.ts";

const now = (): number => Date.now();
const random = (): number => Math.random();
const overHttp = later(() => import("./over-http.ts"));

/** Puts the pieces together and carries frames between them. */
export class Client implements Chat {
  readonly me = value<Me | null>(null);
  readonly limits = value<Limits | null>(null);
  readonly api: Api;
  readonly #client: { name: string; version: string };
  /** Names this tab to the server: of two sockets of one device the newer replaces the older. */
  readonly #device = uuidv7();
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
  readonly #inbox: Inbox;
  readonly #listeners = new Set<(message: ChatMessage) => void>();
  #isReady: () => void = () => {};
  #over = false;

  constructor(options: ChatOptions) {
    const { url, apiUrl, getToken, client = { name: "web", version: "0.1.0" } } = options;
    this.#client = client;
    this.#session = new Session({
      noticed: (notice) => void this.#outbox.noticed(notice),
      signedOut: () => this.#end(),
    });
    this.#tokens = tokens(async () => this.#session.admit(await getToken()), now);
    this.#http = http(apiUrl ?? originOf(url), this.#tokens);
    this.#connection = this.#makeConnection(url);
    this.#conversations = this.#makeConversations();
    this.#typing = this.#makeTyping();
    this.#catchUp = new CatchUp(this.#conversations, this.#connection);
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
    this.#threads = this.#makeThreads();
    this.#inbox = this.#makeInbox();
    this.api = lazyApi(this.#http, this.#tokens, (row) =>
      this.#conversations.get(row.conversationId).row(row),
    );
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

  thread(id: string): ReturnType<Chat["thread"]> {
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
    this.#threads.invalidateAll();
    if (this.me.get()) this.#isReady();
    this.#catchUp.allBehind();
  }

  async #identified(me: Me): Promise<void> {
    if (this.#session.userId === null) await this.#begin(me.id, me);
    this.#isReady();
    this.#threads.invalidateAll();
    await this.#keepAbout();
  }

  #changed(before: State): void {
    const { link } = this.#connection.state;
    const way = this.#connection.way;
    const isNewLink = link !== null && link.socket !== before.link?.socket;
    const isBack = before.link?.brokerAway === true && link?.brokerAway === false;
    if (before.link && !link) this.#watching.lost();
    this.#poller.set(way === "http");
    if (isNewLink || isBack) this.#outbox.kick();
    if (isBack) this.#inbox.caughtUp();
  }

  async #poll(): Promise<void> {
    const { poll } = await overHttp();
    await poll(this.#conversations, this.#http);
    this.#outbox.kick();
    this.#marks.again(this.#conversations.all);
  }

  #arrived(message: Message): void {
    const row = this.#conversations.get(message.conversationId).row(message);
    for (const listener of this.#listeners) listener(row);
  }

  #conversationChanged(conversation: Conversation): void {
    this.#marks.arrived(conversation);
    settleArrived(this.#outbox, conversation);
    this.#keeper.changed(conversation);
    this.#threads.invalidate(conversation.id);
    if (conversation.isBehind) this.#catchUp.behind(conversation);
  }

  #makeConnection(url: string): Connection {
    const duties = {
      url,
      tokens: this.#tokens,
      hello: () => this.#catchUp.hello(this.#device, this.#client),
      probe: (ref: number) => this.#catchUp.probe(ref),
      ask: () => askWhy(this.#http),
      frame: (frame: ServerFrame) => this.#inbox.take(frame),
      changed: (before: State) => this.#changed(before),
    };
    return new Connection(duties, { now, random });
  }

  #makeConversations(): Conversations {
    return new Conversations({
      me: () => this.me.get()?.id,
      isTyping: (id) => this.#typing.is(id),
      changed: (conversation) => this.#conversationChanged(conversation),
      behind: (conversation) => this.#catchUp.behind(conversation),
      reset: (conversation) => this.#threads.reset(conversation),
      arrived: (message) => this.#arrived(message),
      page: (after) => overHttp().then((http) => http.conversationPage(this.#http, after)),
      code: (error) => asApiError(error).code,
    });
  }

  #makeTyping(): Typing {
    return new Typing({
      now,
      send: (conversationId) => this.#connection.send({ type: "typing", conversationId }),
      changed: (id) => {
        this.#threads.invalidate(id);
        this.#conversations.list.invalidate();
      },
    });
  }

  #makeThreads(): Threads {
    return new Threads({
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
  }

  #makeInbox(): Inbox {
    return new Inbox({
      me: this.me,
      limits: this.limits,
      conversations: this.#conversations,
      catchUp: this.#catchUp,
      threads: this.#threads,
      marks: this.#marks,
      typing: this.#typing,
      watching: this.#watching,
      identified: (me) => void this.#identified(me),
    });
  }

  #makeOutbox(): Outbox {
    return new Outbox({
      store: this.#session.store,
      locks: tabLocks("spotter-outbox"),
      way: () => this.#connection.way,
      deliver: deliverer(this.#connection, this.#http, overHttp, random),
      hasArrived: (id, position) => hasArrived(this.#conversations.get(id), position),
      changed: (id) => this.#threads.invalidate(id),
      tell: (notice) => this.#session.tell(notice),
      later: (ms, run) => void setTimeout(run, ms),
    });
  }

  #makeMarks(): Marks {
    return new Marks({
      way: () => this.#connection.way,
      sendFrame: (frame) => void this.#connection.send(frame),
      post: (marks) => overHttp().then((http) => http.postMarks(this.#http, marks)),
      takeEntry: (entry: ConversationEntry) => this.#conversations.takeEntries([entry]),
      changed: (conversation) => this.#conversations.changed(conversation),
    });
  }

  #watch(userIds: readonly UserId[]): number {
    const ref = this.#connection.nextRef();
    this.#connection.send({ type: "watch", ref, userIds: [...userIds] });
    return ref;
  }

  async #keepAbout(): Promise<void> {
    await this.#session.db.putAbout({ me: this.me.get(), people: this.#people.list() }).catch(() => {});
  }
}
function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol === "ws:" ? "http:" : "https:"}//${host}`;
}
