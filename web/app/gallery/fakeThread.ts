import { type ChatMessage, parseConversationId, type Thread, type ThreadView } from "@spotter/chat-client";
import { EVERYBODY, type Person } from "./cast";
import { value } from "./value";

/** What a scene says of a thread. */
export interface Shown extends Partial<ThreadView> {
  /** Comes by pages when somebody scrolls up. */
  older?: readonly ChatMessage[];
}

const PAGE = 50;
const ROUND_TRIP_MS = 30;

/** A thread that keeps what is written to it for as long as the page lives. */
export function fakeThread(me: Person, conversationId: string, { older = [], ...shown }: Shown = {}): Thread {
  const pair = parseConversationId(conversationId);
  const peerId = (pair?.trainerId === me.id ? pair.clientId : pair?.trainerId) ?? "";
  const known = EVERYBODY.some(({ id }) => id === peerId);
  const view = value<ThreadView>({
    conversationId,
    peerId,
    messages: [],
    hasOlder: false,
    hasNewer: false,
    loading: null,
    error: known ? null : { code: "not_found" },
    canSend: true,
    unread: 0,
    readSeq: 0,
    unreadFromSeq: null,
    typing: false,
    ...shown,
  });
  const change = (next: Partial<ThreadView>) => view.set({ ...view.get(), ...next });
  const row = (seq: number, next: (message: ChatMessage) => Partial<ChatMessage>) =>
    change({ messages: view.get().messages.map((it) => (it.seq === seq ? { ...it, ...next(it) } : it)) });
  return {
    view,
    loadOlder: async () => {
      if (view.get().loading !== null) return;
      change({ loading: "older" });
      // As long as a server nearby takes.
      await new Promise((resolve) => setTimeout(resolve, ROUND_TRIP_MS));
      const left = view.get().messages[0]?.seq ?? 0;
      const before = older.filter(({ seq }) => seq !== null && seq < left);
      const messages = [...before.slice(-PAGE), ...view.get().messages];
      change({ messages, hasOlder: before.length > PAGE, loading: null });
    },
    loadNewer: async () => {},
    jumpTo: async () => {},
    jumpToEnd: async () => {},
    send: async (body) => {
      const message = written(me, view.get(), body);
      change({ messages: [...view.get().messages, message] });
      return message.id;
    },
    edit: async (seq, text) => row(seq, () => ({ text, editedAt: new Date().toISOString() })),
    remove: async (seq) =>
      row(seq, () => ({ text: null, attachments: [], reactions: [], deletedAt: new Date().toISOString() })),
    react: async (seq, emoji, on) => row(seq, (it) => ({ reactions: reacted(it, me.id, emoji, on) })),
    retry: () => {},
    discard: (id) => change({ messages: view.get().messages.filter((it) => it.id !== id) }),
    markRead: () => {},
    typing: () => {},
  };
}

function written(me: Person, view: ThreadView, body: Parameters<Thread["send"]>[0]): ChatMessage {
  const seq = view.messages.reduce((most, it) => Math.max(most, it.seq ?? 0), 0) + 1;
  return {
    id: crypto.randomUUID(),
    conversationId: view.conversationId,
    seq,
    position: seq,
    senderId: me.id,
    own: true,
    text: body.text ?? null,
    attachments: body.attachments ?? [],
    replyTo: body.replyTo ?? null,
    reactions: [],
    sentAt: new Date().toISOString(),
    editedAt: null,
    deletedAt: null,
    state: "sent",
    failure: null,
  };
}

function reacted(message: ChatMessage, me: string, emoji: string, on: boolean): ChatMessage["reactions"] {
  const others = message.reactions.filter((it) => it.emoji !== emoji);
  const userIds = (message.reactions.find((it) => it.emoji === emoji)?.userIds ?? []).filter(
    (id) => id !== me,
  );
  const after = on ? [...userIds, me] : userIds;
  return after.length > 0 ? [...others, { emoji, userIds: after }] : others;
}
