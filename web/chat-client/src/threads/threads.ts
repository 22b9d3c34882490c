import { errorOf } from "../api/error.ts";
import { historyPage } from "../api/history.ts";
import type { Http } from "../api/http.ts";
import type { Company } from "../company.ts";
import type { Conversation, HistoryPage } from "../conversations/conversation.ts";
import type { Conversations } from "../conversations/conversations.ts";
import { later } from "../later.ts";
import type { ChangeBody, Item, SendItem } from "../outbox/item.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { ConversationId, Me, MessageId } from "../protocol.ts";
import { uuidv7 } from "../wire/uuid.ts";
import { OpenThread, type Part } from "./open-thread.ts";
import type { MessageBody } from "./view.ts";

export interface Around {
  me(): Me | null;
  now(): number;
  ready: Promise<void>;
  http: Http;
  conversations: Conversations;
  outbox: Outbox;
  company(): Promise<Company>;
  /** Conversations whose peer types. */
  typing: ReadonlySet<ConversationId>;
}

const HOUR_MS = 3_600_000;
const fileLinks = later(() => import("./links.ts"));

/** The threads that were opened, each once. */
export class Threads {
  readonly #around: Around;
  readonly #threads = new Map<ConversationId, OpenThread>();
  #hour: ReturnType<typeof setTimeout> | undefined;

  constructor(around: Around) {
    this.#around = around;
    this.#everyHour();
  }

  get(id: ConversationId): OpenThread {
    const known = this.#threads.get(id);
    if (known) return known;
    const thread = this.#make(this.#around.conversations.get(id));
    this.#threads.set(id, thread);
    return thread;
  }

  invalidateAll(): void {
    for (const thread of this.#threads.values()) thread.view.invalidate();
  }

  invalidate(id: ConversationId): void {
    const thread = this.#threads.get(id);
    thread?.view.invalidate();
    thread?.found();
  }

  /** The server told to drop the copy: who looks at it gets the newest page, the rest is forgotten. */
  reset(conversation: Conversation): void {
    const thread = this.#threads.get(conversation.id);
    if (thread?.isLookedAt) void thread.open();
    else conversation.replica = null;
    // The changes that the copy never gets were not counted by the line either.
    this.#with(({ marks }) => marks.learnLine(conversation.id));
  }

  /** There is a way again: what could not be loaded is tried once more. */
  again(): void {
    for (const thread of this.#threads.values()) thread.again();
    this.renewLinks();
  }

  renewLinks(): void {
    for (const [id, thread] of this.#threads) {
      if (thread.isLookedAt) void this.#renew(this.#around.conversations.get(id));
    }
  }

  /** What could not be fetched is missed until it is wanted again. */
  #with(work: (company: Company) => unknown): void {
    this.#around
      .company()
      .then(work)
      .catch(() => {});
  }

  stop(): void {
    clearTimeout(this.#hour);
  }

  /** Links end with each full hour, for every file at once. */
  #everyHour(): void {
    const left = HOUR_MS - (this.#around.now() % HOUR_MS);
    this.#hour = setTimeout(() => {
      this.renewLinks();
      this.#everyHour();
    }, left + 1_000);
  }

  async #renew(conversation: Conversation): Promise<void> {
    // An old link shows a placeholder; the next look tries again.
    const isFresh = await fileLinks()
      .then(({ renew }) => renew(this.#around.http, conversation, this.#around.now()))
      .catch(() => false);
    if (isFresh) this.#around.conversations.changed(conversation);
  }

  #make(conversation: Conversation): OpenThread {
    const { conversations, outbox, typing, me, ready, company } = this.#around;
    const { id } = conversation;
    return new OpenThread(conversation, {
      ready,
      me: () => me()?.id,
      outbox,
      typing,
      history: (part) => this.#history(id, part),
      canBegin: () => this.#canBegin(conversation),
      learnLine: async () => (await company()).marks.learnLine(id),
      changed: () => conversations.changed(conversation),
      looked: () => this.#looked(conversation),
      send: (body) => this.#send(id, body),
      change: (seq, body) => this.#change(id, seq, body),
      markRead: (seq) => this.#with(({ marks }) => marks.read(conversation, seq)),
      typed: () => this.#with((some) => some.typing.typed(id)),
    });
  }

  async #history(id: ConversationId, part: Part): Promise<HistoryPage> {
    const page = await historyPage(this.#around.http, id, part);
    const { conversations } = this.#around;
    conversations.epoch ??= page.epoch;
    // A page of another log than the copies are of; the next `welcome` sorts it out.
    if (page.epoch !== null && page.epoch !== conversations.epoch) throw errorOf("unavailable");
    return page;
  }

  /** A client may write to any trainer first; a trainer's own clients all have a conversation. */
  async #canBegin({ line }: Conversation): Promise<boolean> {
    const { people } = await this.#around.company();
    const { me } = this.#around;
    await people.request([line.peerId]);
    return me()?.role === "User" && people.known.get().get(line.peerId)?.role === "Trainer";
  }

  #looked(conversation: Conversation): void {
    conversation.at = this.#around.now();
    void this.#renew(conversation);
    this.#with(({ people }) => people.request([conversation.line.peerId]));
  }

  async #send(
    conversationId: ConversationId,
    { text, attachments, replyTo }: MessageBody,
  ): Promise<MessageId> {
    const item: SendItem = { ...this.#item(conversationId), kind: "send" };
    if (text !== undefined) item.text = text;
    if (attachments?.length) item.attachments = attachments;
    if (replyTo !== undefined) item.replyTo = replyTo;
    this.#with(({ typing }) => typing.sent(conversationId));
    await this.#around.outbox.add(item);
    return item.id;
  }

  #change(conversationId: ConversationId, seq: number, body: ChangeBody): Promise<void> {
    const item = { ...this.#item(conversationId), seq, ...body };
    return this.#around.outbox.addAndWait(item);
  }

  #item(conversationId: ConversationId): Pick<Item, "id" | "conversationId" | "at" | "failure"> {
    return { id: uuidv7(), conversationId, at: new Date(this.#around.now()).toISOString(), failure: null };
  }
}
