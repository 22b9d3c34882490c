import type { ChatMessage, ChatStatus, ConversationLine } from "@spotter/chat-client";
import { ANNA, CLIENTS, conversationOf, JONAS, MAYA, minutesAgo, type Person } from "./cast";
import type { Scene } from "./fakeChat";
import type { Shown } from "./fakeThread";
import { fiftyThousand } from "./fiftyThousand";
import { hostile } from "./hostile";
import type { Pictures } from "./pictures";
import { type Line, type Pair, rows } from "./rows";
import { found, mediaLines, plain, spoken, troubled, week } from "./talk";

/** A page of the gallery: what the app is given, and where it is opened. */
export interface Page {
  scene: Scene;
  /** The app's own path, with its query. */
  at: string;
}

const PAIR: Pair = { trainer: MAYA, client: ANNA, me: MAYA };
const WITH_ANNA = `/trainer/messages?client=${ANNA.id}`;
const PAGE = 50;
const LIST = "/trainer/messages";

/** Every state of the screen, by name. */
export function pages(pictures: Pictures): Readonly<Record<string, () => Page>> {
  const good = (lines: readonly Line[], view: Shown = {}, scene: Partial<Scene> = {}): Page => ({
    scene: { ...day(rows(PAIR, lines), view), ...scene },
    at: WITH_ANNA,
  });
  const list = (scene: Partial<Scene>): Page => ({ scene: { ...day([]), ...scene }, at: LIST });
  return {
    trainer: () => good(week(pictures)),
    list: () => list({}),
    "list-loading": () => list({ entries: [], listLoading: true, contacts: "loading" }),
    "list-error": () => list({ entries: [], listError: "unavailable", contacts: "unavailable" }),
    "list-empty": () => list({ entries: [], contacts: [] }),
    notices: () => list({ asksForNotices: true }),
    user: () => user(pictures),
    "thread-empty": () => good([]),
    "thread-loading": () => good([], { loading: "first" }),
    "thread-error": () => good([], { error: { code: "unavailable" } }),
    "thread-long": () => good(plain(120), { hasOlder: true }),
    unread: () => good(plain(30), { unread: 2, readSeq: 28, unreadFromSeq: 29 }),
    images: () => good(mediaLines(pictures)),
    voice: () => good(spoken()),
    reactions: () => good(week(pictures).slice(-6)),
    typing: () => good(plain(6), { typing: true }),
    failed: () => good(troubled()),
    offline: () => offline(pictures),
    waiting: () => good(week(pictures), {}, { status: waiting() }),
    connecting: () => good(week(pictures), {}, { status: { state: "connecting" } }),
    "signed-out": () =>
      good(week(pictures), {}, { status: { state: "error", reason: "signed_out", code: "unauthenticated" } }),
    "read-only": () => good(plain(6), { canSend: false }),
    "not-available": () => ({
      scene: day([]),
      at: "/trainer/messages?client=00000000-0000-4000-8000-999999999999",
    }),
    hostile: () => good(hostile()),
    search: () => good(plain(30), {}, { found: found(rows(PAIR, plain(30))) }),
    "search-loading": () => good(plain(30), {}, { found: "loading" }),
    "search-error": () => good(plain(30), {}, { found: "unavailable" }),
    uploading: () => good(week(pictures), {}, { uploadStopsAt: 0.6 }),
    "upload-failed": () => good(week(pictures), {}, { uploadFails: "unavailable" }),
    "fifty-thousand": () => good([], { messages: fiftyThousand(PAIR) }),
    growing: () => {
      const all = fiftyThousand(PAIR);
      return good([], { messages: all.slice(-PAGE), hasOlder: true, older: all.slice(0, -PAGE) });
    },
    "scroll-baseline": () => good([], { messages: [] }),
  };
}

/** A working day: everybody on the list, some of them there, some unread. */
function day(messages: readonly ChatMessage[], view: Shown = {}): Scene {
  const conversationId = conversationOf(MAYA, ANNA);
  return {
    me: MAYA,
    contacts: CLIENTS,
    entries: CLIENTS.slice(0, 8).map((client, at) => entry(client, at, messages)),
    online: CLIENTS.filter((_, at) => at % 3 === 0),
    threads: [{ conversationId, messages, ...view }],
  };
}

const LAST = [
  "",
  "Knee feels fine again, thank you!",
  "Can we move Thursday to 7:30?",
  "Sleep was 6 h, resting pulse 58",
  "Merci, à demain 💪",
  "Did 3 × 8 at 60 kg, last set was hard",
  "I am travelling until Sunday",
  "Rest day today, legs are heavy",
];

function entry(client: Person, at: number, messages: readonly ChatMessage[]): ConversationLine {
  const pair = { trainer: MAYA, client, me: MAYA };
  const from = at % 3 === 2 ? MAYA : client;
  const [told] = rows(pair, [{ from, minutes: 9 + at * at * 95, text: LAST[at] ?? "" }], 40);
  const last = at === 0 ? messages.findLast(({ seq }) => seq !== null) : told;
  return {
    conversationId: conversationOf(MAYA, client),
    peerId: client.id,
    position: 40,
    lastMessage: last ? { ...last, seq: last.seq ?? 40, position: last.position ?? 40 } : null,
    unread: [0, 2, 0, 1, 0, 0, 0, 12][at] ?? 0,
    readSeq: 39,
    deliveredSeq: 40,
    peerReadSeq: 40,
    peerDeliveredSeq: 40,
    canSend: true,
    typing: at === 3,
  };
}

/** The other side of the same talk: a client with two trainers. */
function user(pictures: Pictures): Page {
  const pair = { ...PAIR, me: ANNA };
  const messages = rows(pair, week(pictures));
  const base = day(messages);
  const entries = [MAYA, JONAS].map((trainer, at) => ({
    ...entry(ANNA, 0, at === 0 ? messages : []),
    conversationId: conversationOf(trainer, ANNA),
    peerId: trainer.id,
  }));
  return {
    scene: { ...base, me: ANNA, entries, contacts: [MAYA, JONAS], online: [MAYA] },
    at: `/messages?trainer=${MAYA.id}`,
  };
}

function offline(pictures: Pictures): Page {
  const talk: Line[] = [
    ...week(pictures),
    {
      from: MAYA,
      minutes: 1,
      text: "I will look at it on the train",
      seq: null,
      position: null,
      state: "waiting",
    },
  ];
  return {
    scene: {
      ...day(rows(PAIR, talk)),
      status: { state: "disconnected", reason: "offline", retryAt: null },
    },
    at: WITH_ANNA,
  };
}

function waiting(): ChatStatus {
  return { state: "disconnected", reason: "waiting", retryAt: Date.parse(minutesAgo(0)) + 8_000 };
}
