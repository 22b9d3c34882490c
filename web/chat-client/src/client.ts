import { askWhy } from "./api/ask.ts";
import { type Http, http, originOf } from "./api/http.ts";
import { lazyApi } from "./api/lazy.ts";
import { bearerOf, type Tokens, tokens } from "./api/token.ts";
import type { Api } from "./api/types.ts";
import type { Chat, ChatOptions } from "./chat.ts";
import type { Company } from "./company.ts";
import { Connection } from "./connection/connection.ts";
import type { State } from "./connection/events.ts";
import type { Conversation } from "./conversations/conversation.ts";
import { Conversations } from "./conversations/conversations.ts";
import { CatchUp } from "./device/catch-up.ts";
import { Inbox } from "./inbox.ts";
import { later } from "./later.ts";
import { hasArrived, settleArrived } from "./outbox/arrivals.ts";
import { deliverer } from "./outbox/exchange.ts";
import { tabLocks } from "./outbox/locks.ts";
import { Outbox } from "./outbox/outbox.ts";
import type { Named } from "./people/people.ts";
import type { Presence } from "./presence/presence.ts";
import type { ConversationId, Limits, Me, Message, Role, ServerFrame, UserId } from "./protocol.ts";
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
  readonly people = value<ReadonlyMap<UserId, Named>>(new Map());
  readonly presence = value<ReadonlyMap<UserId, Presence>>(new Map());
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
  readonly #typing = new Set<ConversationId>();
  readonly #inbox: Inbox;
  readonly #listeners = new Set<(message: ChatMessage) => void>();
  #isReady: () => void = () => {};
  #over = false;
  #polls = false;
  readonly #poller = later(async () => {
    const { poll, Poller } = await overHttp();
    return new Poller(async () => {
      await poll(this.#conversations, this.#http);
      this.#polled();
    }, random);
  });

  constructor(options: ChatOptions) {
    const { url, apiUrl, getToken, client = { name: "web", version: "0.1.0" } } = options;
    this.#client = client;
    this.#session = new Session({
      noticed: (notice) => void this.#outbox.noticed(notice),
      signedOut: () => this.#end(),
      epoch: () => this.#conversations.epoch,
    });
    this.#tokens = tokens(async () => this.#session.admit(await getToken()), now);
    this.#http = http(apiUrl ?? originOf(url), this.#tokens);
    this.#connection = this.#makeConnection(url);
    this.#conversations = this.#makeConversations();
    this.#catchUp = new CatchUp(this.#conversations, this.#connection);
    this.#outbox = this.#makeOutbox();
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

  /** Shows what is kept of the person, then connects with its positions. */
  async start(): Promise<void> {
    const token = await this.#tokens.get().catch(() => null);
    const bearer = token === null ? null : bearerOf(token);
    if (bearer) await this.#begin(bearer.id, bearer.role).catch(() => {});
    if (!this.#over) this.#connection.start();
  }

  thread(id: string): ReturnType<Chat["thread"]> {
    return this.#threads.get(id);
  }

  requestPeople(ids: readonly UserId[]): void {
    this.#with(({ people }) => people.request(ids));
  }

  watch(userIds: readonly UserId[]): void {
    this.#with(({ watching }) => watching.watch(userIds));
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
    await this.#session.end(true);
  }

  close(): void {
    this.#end();
    void this.#session.end(false);
  }

  #end(): void {
    this.#over = true;
    this.#poll(false);
    this.#threads.stop();
    this.#connection.stop();
  }

  async #begin(id: UserId, role: Role | null): Promise<void> {
    const home = await this.#session.begin(id);
    const [about, kept] = await Promise.all([home.about(), home.conversations()]);
    this.me.set(role ? { id, role } : (about?.me ?? null));
    this.people.set(new Map([...(about?.people ?? []), ...this.people.get()]));
    this.#conversations.restore(kept);
    await this.#outbox.open();
    this.#threads.invalidateAll();
    if (this.me.get()) this.#isReady();
    this.#catchUp.allBehind();
  }

  async #identified(me: Me): Promise<void> {
    if (this.#session.userId === null) await this.#begin(me.id, me.role).catch(() => {});
    this.#isReady();
    this.#threads.invalidateAll();
    await this.#keepAbout();
  }

  #changed(before: State): void {
    const { link } = this.#connection.state;
    const way = this.#connection.way;
    const isNewLink = link !== null && link.socket !== before.link?.socket;
    const isBack = before.link?.brokerAway === true && link?.brokerAway === false;
    // Without a socket nobody knows who is there.
    if (before.link && !link) this.presence.set(new Map());
    this.#poll(way === "http");
    if (isNewLink || isBack) this.#outbox.kick();
    if (isBack) this.#inbox.caughtUp();
  }

  #poll(on: boolean): void {
    if (on === this.#polls) return;
    this.#polls = on;
    this.#poller()
      .then((poller) => poller.set(this.#polls))
      .catch(() => {
        this.#polls = false;
      });
  }

  #polled(): void {
    this.#outbox.kick();
    this.#with(({ marks }) => marks.again(this.#conversations.all));
  }

  #arrived(message: Message): void {
    const row = this.#conversations.get(message.conversationId).row(message);
    for (const listener of this.#listeners) listener(row);
  }

  #conversationChanged(conversation: Conversation): void {
    this.#with(({ marks }) => marks.arrived(conversation));
    settleArrived(this.#outbox, conversation);
    void this.#session.home.then((home) => home.changed(conversation));
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
      typing: this.#typing,
      changed: (conversation) => this.#conversationChanged(conversation),
      behind: (conversation) => this.#catchUp.behind(conversation),
      reset: (conversation) => this.#threads.reset(conversation),
      arrived: (message) => this.#arrived(message),
      page: (after) => overHttp().then((http) => http.conversationPage(this.#http, after)),
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
      company: this.#company,
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
      company: (work) => this.#with(work),
      typing: this.#typing,
      identified: (me) => void this.#identified(me),
    });
  }

  #makeOutbox(): Outbox {
    return new Outbox({
      store: async () => (await this.#session.home).outbox,
      locks: tabLocks(() => `spotter-${this.#session.userId}`),
      way: () => this.#connection.way,
      deliver: deliverer(this.#connection, this.#http, overHttp, random),
      hasArrived: (id, position) => hasArrived(this.#conversations.get(id), position),
      changed: (id) => this.#threads.invalidate(id),
      tell: (notice) => void this.#session.home.then((home) => home.tell(notice)),
      later: (ms, run) => void setTimeout(run, ms),
    });
  }

  readonly #company = later(async () => {
    const { Company } = await import("./company.ts");
    return new Company({
      connection: this.#connection,
      http: this.#http,
      conversations: this.#conversations,
      people: this.people,
      presence: this.presence,
      typing: this.#typing,
      now,
      typingChanged: (id) => {
        this.#threads.invalidate(id);
        this.#conversations.list.invalidate();
      },
      learnt: () => void this.#keepAbout(),
    });
  });

  /** What could not be fetched is missed until it is wanted again. */
  #with(work: (company: Company) => unknown): void {
    this.#company()
      .then(work)
      .catch(() => {});
  }

  async #keepAbout(): Promise<void> {
    const about = { me: this.me.get(), people: [...this.people.get()] };
    await (await this.#session.home).putAbout(about).catch(() => {});
  }
}
