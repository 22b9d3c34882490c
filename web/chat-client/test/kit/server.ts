import type {
  Ack,
  ClientFrame,
  ConversationEntry,
  ErrorCode,
  Message,
  SendBody,
  ServerFrame,
  Welcome,
} from "../../src/protocol.ts";
import { ERRORS } from "../../src/protocol.ts";
import { parseConversationId } from "../../src/wire/ids.ts";
import { Log } from "./log.ts";
import { type Host, type Peer, webSocketOf } from "./socket.ts";

interface Marks {
  readSeq: number;
  deliveredSeq: number;
}

const NONE: Marks = { readSeq: 0, deliveredSeq: 0 };
const PAGE = 50;

/** A server of one process: the protocol's rules over the model log, and switches for what can go wrong. */
export class Server implements Host {
  readonly logs = new Map<string, Log>();
  readonly people = new Map<string, { name: string; role: string }>();
  /** Every frame that came in, in order. */
  readonly frames: ClientFrame[] = [];
  /** Every call that came in: method and path. */
  readonly calls: string[] = [];
  readonly peers = new Set<Peer>();
  epoch = "5c1d7e90-2a4b-4d3f-8e6a-1b9f0c2d3e05";
  network = true;
  sockets = true;
  /** Frames that are read but neither done nor answered. */
  deaf: (frame: ClientFrame) => boolean = () => false;
  /** Done, but the answer is lost. */
  mute: (frame: ClientFrame) => boolean = () => false;
  refuse: (frame: { type: string; conversationId?: string; text?: string }) => ErrorCode | null = () => null;
  /** Before the welcome's `synced`, for what happens in between. */
  beforeSynced: () => void = () => {};
  onTook: (frame: ClientFrame) => void = () => {};
  readonly marks = new Map<string, Marks>();

  log(id: string): Log {
    const known = this.logs.get(id);
    if (known) return known;
    const log = new Log(id, this.epoch);
    this.logs.set(id, log);
    return log;
  }

  readonly WebSocket = webSocketOf(this);

  reachable(): boolean {
    return this.network;
  }

  admit(url: string, protocols: readonly string[]): string | null {
    const token = protocols.find((protocol) => protocol.startsWith("bearer."))?.slice("bearer.".length) ?? "";
    if (url.includes("bearer") || url.includes(token)) throw new Error("the token is in the URL");
    return this.sockets && protocols[0] === "chat.v1" ? subjectOf(token) : null;
  }

  gone(peer: Peer): void {
    this.peers.delete(peer);
  }

  took(peer: Peer, frame: ClientFrame): void {
    this.frames.push(frame);
    this.onTook(frame);
    if (this.deaf(frame)) return;
    if (frame.type === "hello") {
      peer.device = frame.device;
      this.#hello(peer, frame);
      return;
    }
    const code = this.refuse(frame);
    if (code) {
      const ref = "ref" in frame && frame.ref !== undefined ? { ref: frame.ref } : {};
      peer.send({ type: "error", ...ref, code, message: code, retryable: ERRORS[code].retryable });
      return;
    }
    this.#do(peer, frame);
  }

  /** A message of somebody else, or of another device. */
  says(id: string, senderId: string, text: string, more: Partial<Message> = {}): Message {
    const row = this.log(id).send(
      senderId,
      `from-${senderId.slice(0, 2)}-${this.log(id).head + 1}`,
      text,
      more,
    );
    this.tell(row);
    return row;
  }

  tell(row: Message | null): void {
    if (!row) return;
    const { conversationId, position } = row;
    this.#toBoth(conversationId, () => ({ type: "message", conversationId, position, message: row }));
  }

  marked(id: string, userId: string, marks: Partial<Marks>): void {
    const key = `${id} ${userId}`;
    const before = this.marks.get(key) ?? NONE;
    const readSeq = Math.max(before.readSeq, marks.readSeq ?? 0);
    const deliveredSeq = Math.max(before.deliveredSeq, marks.deliveredSeq ?? 0, readSeq);
    this.marks.set(key, { readSeq, deliveredSeq });
    const { unread } = this.entry(id, userId);
    this.#toBoth(id, () => ({ type: "receipt", conversationId: id, userId, readSeq, deliveredSeq, unread }));
  }

  entry(id: string, userId: string): ConversationEntry {
    const log = this.log(id);
    const { trainerId = "", clientId = "" } = parseConversationId(id) ?? {};
    const peerId = userId === trainerId ? clientId : trainerId;
    const mine = this.marks.get(`${id} ${userId}`) ?? NONE;
    const theirs = this.marks.get(`${id} ${peerId}`) ?? NONE;
    return {
      conversationId: id,
      peerId,
      position: log.head,
      lastMessage: log.rows.at(-1) ?? null,
      unread: log.unreadOf(peerId, mine.readSeq),
      ...mine,
      peerReadSeq: theirs.readSeq,
      peerDeliveredSeq: theirs.deliveredSeq,
      canSend: true,
    };
  }

  readonly fetch = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    if (!this.network) throw new TypeError("fetch failed");
    const url = new URL(input);
    const method = init.method ?? "GET";
    this.calls.push(`${method} ${url.pathname}`);
    const headers = new Headers(init.headers);
    const userId = subjectOf((headers.get("Authorization") ?? "").slice("Bearer ".length));
    if (userId === null) return problem("unauthenticated");
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : null;
    return this.answer(userId, method, url, body) ?? problem("not_found");
  };

  /** Answers an HTTP call; null is not_found. */
  answer(userId: string, _method: string, url: URL, body: unknown): Response | null {
    switch (url.pathname) {
      case "/api/chat/conversations":
        return Response.json({ data: this.#entries(userId) });
      case "/api/chat/history":
        return this.#history(userId, url.searchParams);
      case "/api/chat/messages":
        return this.#send(userId, body as SendBody);
      case "/api/chat/marks":
        return this.#mark(userId, body as { conversationId: string } & Partial<Marks>);
      case "/api/chat/sync":
        return this.#sync(userId, body as { epoch: string; positions: Record<string, number> });
      case "/api/people":
        return Response.json({ data: this.#people(url.searchParams.getAll("id")) });
      case "/api/files/links":
        return Response.json({ data: (body as { ids: string[] }).ids.map((id) => this.link(id)) });
      default:
        return null;
    }
  }

  link(id: string) {
    return { id, url: `https://chat.example.com/${id}?exp=4102444800`, thumbnailUrl: null };
  }

  #hello(peer: Peer, hello: Extract<ClientFrame, { type: "hello" }>): void {
    for (const other of this.peers) if (other.device === peer.device) other.close(4504);
    this.peers.add(peer);
    peer.send({ type: "welcome", ...this.#welcome(peer.userId) });
    for (const [id, after] of Object.entries(hello.resume?.positions ?? {})) {
      const pages = this.log(id).sync(hello.resume?.epoch ?? null, after);
      for (const page of pages)
        if (page.reset || page.messages.length > 0) peer.send({ type: "sync", ...page });
    }
    this.beforeSynced();
    peer.send({ type: "synced" });
  }

  #welcome(userId: string): Welcome {
    return {
      protocol: 1,
      session: "a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c06",
      user: { id: userId, role: this.people.get(userId)?.role === "User" ? "User" : "Trainer" },
      epoch: this.epoch,
      expiresAt: "2099-01-01T00:00:00Z",
      serverTime: "2026-01-01T00:00:00Z",
      heartbeat: { intervalMs: 25_000, graceMs: 10_000 },
      backoff: { minMs: 5, maxMs: 20 },
      limits: {
        frameBytes: 65_536,
        textChars: 4_000,
        attachments: 10,
        editWindowMs: 86_400_000,
        uploads: [],
      },
      conversations: this.#entries(userId),
      more: false,
    };
  }

  #do(peer: Peer, frame: ClientFrame): void {
    const answer = (ack: Ack): void => {
      if ("ref" in frame && frame.ref !== undefined && !this.mute(frame))
        peer.send({ type: "ack", ref: frame.ref, ...ack });
    };
    switch (frame.type) {
      case "send":
        answer(this.#append(peer.userId, frame));
        break;
      case "edit":
        answer(this.#change(frame, { text: frame.text, editedAt: "2026-01-03T00:00:00Z" }));
        break;
      case "delete":
        this.tell(this.log(frame.conversationId).remove(frame.seq));
        answer({
          conversationId: frame.conversationId,
          duplicate: false,
          position: this.log(frame.conversationId).head,
        });
        break;
      case "react":
        answer(
          this.#change(frame, {
            reactions: frame.on ? [{ emoji: frame.emoji, userIds: [peer.userId] }] : [],
          }),
        );
        break;
      case "read":
        this.marked(frame.conversationId, peer.userId, { readSeq: frame.seq });
        break;
      case "delivered":
        this.marked(frame.conversationId, peer.userId, { deliveredSeq: frame.seq });
        break;
      case "sync":
        for (const page of this.log(frame.conversationId).sync(this.epoch, frame.after)) {
          peer.send({ type: "sync", ref: frame.ref, ...page });
        }
        break;
      case "watch":
        for (const userId of frame.userIds) peer.send({ type: "presence", userId, online: true });
        break;
    }
  }

  #change(frame: { conversationId: string; seq: number }, change: Partial<Message>): Ack {
    const row = this.log(frame.conversationId).change(frame.seq, change);
    this.tell(row);
    return {
      conversationId: frame.conversationId,
      duplicate: !row,
      ...(row ? { position: row.position } : {}),
    };
  }

  #append(userId: string, { conversationId, id, text, replyTo, attachments }: SendBody): Ack {
    const log = this.log(conversationId);
    const before = log.byId(id);
    const files = (attachments ?? []).map((file) => ({ id: file }) as Message["attachments"][number]);
    const row = before ?? log.send(userId, id, text ?? "", { replyTo: replyTo ?? null, attachments: files });
    if (!before) this.tell(row);
    const { seq, sentAt } = row;
    return { conversationId, id, seq, position: seq, sentAt, duplicate: Boolean(before) };
  }

  #send(userId: string, body: SendBody): Response {
    const code = this.refuse({ type: "send", ...body });
    return code ? problem(code) : Response.json(this.#append(userId, body), { status: 201 });
  }

  #mark(
    userId: string,
    { conversationId, ...marks }: { conversationId: string } & Partial<Marks>,
  ): Response | null {
    if (!this.logs.has(conversationId)) return null;
    this.marked(conversationId, userId, marks);
    return Response.json(this.entry(conversationId, userId));
  }

  #sync(
    userId: string,
    { epoch, positions }: { epoch: string; positions: Record<string, number> },
  ): Response {
    const syncs = Object.entries(positions).flatMap(([id, after]) =>
      this.log(id)
        .sync(epoch, after)
        .filter((page) => page.reset || page.messages.length > 0)
        .map((page) => ({ type: "sync", ...page })),
    );
    return Response.json({ epoch: this.epoch, syncs, conversations: this.#entries(userId) });
  }

  #history(userId: string, query: URLSearchParams): Response | null {
    const id = `conversation:${query.get("trainerId")}:${query.get("userId")}`;
    if (!this.logs.has(id) || !id.includes(userId)) return null;
    const numbers = ["before", "after", "around"].flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[name, Number(value)]];
    });
    const page = this.log(id).page(Object.fromEntries(numbers), Number(query.get("limit") ?? PAGE));
    const links = [
      page.hasOlder ? `</api/chat/history?before=${page.rows[0]?.seq}>; rel="prev"` : "",
      page.hasNewer ? `</api/chat/history?after=${page.rows.at(-1)?.seq}>; rel="next"` : "",
    ].filter(Boolean);
    const headers = {
      Link: links.join(", "),
      "Chat-Epoch": page.epoch,
      "Chat-Position": String(page.position),
    };
    return Response.json(page.rows, { headers });
  }

  #people(ids: readonly string[]) {
    return ids.flatMap((id) => {
      const person = this.people.get(id);
      return person ? [{ userID: id, ...person }] : [];
    });
  }

  #entries(userId: string): ConversationEntry[] {
    return [...this.logs.keys()].filter((id) => id.includes(userId)).map((id) => this.entry(id, userId));
  }

  #toBoth(id: string, frame: () => ServerFrame): void {
    for (const peer of this.peers) if (id.includes(peer.userId)) peer.send(frame());
  }
}

export function problem(code: ErrorCode): Response {
  const { status, retryable } = ERRORS[code];
  return Response.json({ type: "about:blank", title: code, status, code, retryable }, { status });
}

function subjectOf(token: string): string | null {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).sub;
  } catch {
    return null;
  }
}
