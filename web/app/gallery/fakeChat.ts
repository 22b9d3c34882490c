import {
  type Api,
  ApiError,
  type Chat,
  type ChatMessage,
  type ChatStatus,
  type ConversationLine,
  type ErrorCode,
  type Found,
  type Limits,
  type Settings,
  type Thread,
} from "@spotter/chat-client";
import { contactOf, EVERYBODY, type Person } from "./cast";
import { fakeThread, type Shown } from "./fakeThread";
import { type Value, value } from "./value";

/** What a scene shows; everything left out is as on a good day. */
export interface Scene {
  me: Person;
  status?: ChatStatus;
  entries?: readonly ConversationLine[];
  listLoading?: boolean;
  listError?: ErrorCode;
  /** Who is on the roster; `loading` never answers. */
  contacts?: readonly Person[] | "loading" | ErrorCode;
  threads?: readonly (Shown & { conversationId: string })[];
  online?: readonly Person[];
  settings?: Settings;
  found?: readonly Found[] | "loading" | ErrorCode;
  /** How far an upload comes; 1 finishes it. */
  uploadStopsAt?: number;
  uploadFails?: ErrorCode;
  /** A message came, and nothing was decided about notifications. */
  asksForNotices?: boolean;
}

const LIMITS: Limits = {
  frameBytes: 65_536,
  textChars: 4_000,
  attachments: 10,
  editWindowMs: 86_400_000,
  uploads: [
    { types: ["image/jpeg", "image/png", "image/webp"], bytes: 10_485_760 },
    { types: ["audio/webm", "audio/mp4"], bytes: 10_485_760, durationMs: 300_000 },
    { types: ["application/pdf"], bytes: 10_485_760 },
  ],
};

/** A `Chat` without a server: what the screen does to it shows, and nothing leaves the page. */
export function fakeChat(scene: Scene): Chat {
  const heard = new Set<(message: ChatMessage) => void>();
  const threads = new Map<string, Thread>();
  const known = new Map(scene.threads?.map((thread) => [thread.conversationId, thread]));
  const status: Value<ChatStatus> = value(scene.status ?? { state: "connected" });
  return {
    me: value({ id: scene.me.id, role: scene.me.role }),
    status,
    limits: value<Limits | null>(LIMITS),
    conversations: value({
      entries: scene.entries ?? [],
      loading: scene.listLoading ?? false,
      hasMore: false,
      error: scene.listError ? { code: scene.listError } : null,
      loadMore: async () => {},
      retry: () => {},
    }),
    thread(conversationId) {
      const thread =
        threads.get(conversationId) ?? fakeThread(scene.me, conversationId, known.get(conversationId));
      threads.set(conversationId, thread);
      return thread;
    },
    people: value(new Map(EVERYBODY.map(({ id, name, role }) => [id, { name, role }]))),
    requestPeople: () => {},
    watch: () => {},
    presence: value(presenceOf(scene)),
    onMessage(listener) {
      heard.add(listener);
      return () => heard.delete(listener);
    },
    reconnect: () => status.set({ state: "connecting" }),
    api: fakeApi(scene),
    signOut: async () => {},
    close: () => {},
  };
}

function presenceOf({ online = [] }: Scene): Map<string, { online: boolean; lastSeenAt: string | null }> {
  const there = new Set(online.map(({ id }) => id));
  return new Map(
    EVERYBODY.map(({ id }) => [
      id,
      { online: there.has(id), lastSeenAt: there.has(id) ? null : "2026-03-04T14:05:00Z" },
    ]),
  );
}

function fakeApi(scene: Scene): Api {
  let settings = scene.settings ?? { presence: true, receipts: true };
  const contacts = (search = "") =>
    answer(scene.contacts ?? EVERYBODY.filter((it) => it.role !== scene.me.role)).then((people) =>
      people.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase())).map(contactOf),
    );
  const nothing = async () => {};
  return {
    trainer: {
      getMyClients: async (query) => ({ data: await contacts(query?.search), next: null }),
      block: nothing,
      unblock: nothing,
    },
    user: { getMyTrainers: async () => ({ data: await contacts() }), block: nothing, unblock: nothing },
    chat: {
      getChatHistory: async () => [],
      search: async () => ({ data: [...(await answer(scene.found ?? []))], next: null }),
    },
    files: { uploadFile: (file, options) => fakeUpload(scene, file, options), links: async () => new Map() },
    me: {
      getSettings: async () => settings,
      putSettings: async (wanted) => {
        settings = wanted;
        return settings;
      },
      exportData: async () => new Blob(["{}"], { type: "application/zip" }),
    },
  };
}

/** The list, an answer that never comes, or a refusal. */
function answer<T>(what: readonly T[] | "loading" | ErrorCode): Promise<readonly T[]> {
  if (what === "loading") return new Promise(() => {});
  if (typeof what === "string") return Promise.reject(new ApiError(what, true));
  return Promise.resolve(what);
}

const fakeUpload = async (
  { uploadStopsAt = 1, uploadFails }: Scene,
  ...[file, options]: Parameters<Api["files"]["uploadFile"]>
): ReturnType<Api["files"]["uploadFile"]> => {
  options?.onProgress?.(uploadStopsAt);
  if (uploadFails) throw new ApiError(uploadFails, true);
  if (uploadStopsAt < 1) return new Promise(() => {});
  const url = URL.createObjectURL(file);
  const image = file.type.startsWith("image/") ? await createImageBitmap(file) : null;
  return {
    id: crypto.randomUUID(),
    url,
    contentType: file.type.split(";")[0] ?? "",
    size: file.size,
    name: file.name ?? null,
    width: image?.width ?? null,
    height: image?.height ?? null,
    ...(image ? { thumbnailUrl: url } : {}),
    placeholder: null,
    durationMs: file.type.startsWith("audio/") ? 4_000 : null,
    waveform: null,
  };
};
