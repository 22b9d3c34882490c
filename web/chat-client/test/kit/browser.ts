import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, vi } from "vitest";
import type { Chat } from "../../src/chat.ts";
import { createChat } from "../../src/create-chat.ts";
import type { ThreadView } from "../../src/threads/view.ts";
import { ANNA, BEN, TOM, TOM_ANNA, tokenOf } from "./people.ts";
import { Server } from "./server.ts";

export const URL_OF_SERVER = "wss://chat.example.com/ws/chat";

/** One browser with a server to talk to: its tabs share database, locks and channel. */
export class Browser {
  readonly server = new Server();
  readonly tabs = new Set<Chat>();

  constructor() {
    this.server.people.set(TOM, { name: "Tom", role: "Trainer" });
    this.server.people.set(ANNA, { name: "Anna", role: "User" });
    this.server.people.set(BEN, { name: "Ben", role: "User" });
  }

  open(
    userId: string,
    getToken = async () => tokenOf(userId, this.server.people.get(userId)?.role ?? "User"),
  ): Chat {
    const chat = createChat({ url: URL_OF_SERVER, getToken });
    this.tabs.add(chat);
    return chat;
  }

  async connected(userId: string): Promise<Chat> {
    const chat = this.open(userId);
    await until(() => chat.status.get().state === "connected");
    return chat;
  }

  close(chat: Chat): void {
    chat.close();
    this.tabs.delete(chat);
  }

  /** The tab's process ends: nothing is tidied up but what the browser itself gives back. */
  kill(chat: Chat): void {
    this.server.network = false;
    this.close(chat);
    this.server.network = true;
  }
}

let browser: Browser;

/** A fresh browser for every test of the file. */
export function browserPerTest(): { current(): Browser } {
  beforeEach(() => {
    browser = new Browser();
    vi.stubGlobal("indexedDB", new IDBFactory());
    vi.stubGlobal("navigator", { onLine: true, locks: new Locks() });
    vi.stubGlobal("WebSocket", browser.server.WebSocket);
    vi.stubGlobal("fetch", browser.server.fetch);
  });
  afterEach(async () => {
    for (const chat of browser.tabs) chat.close();
    vi.useRealTimers();
    // Whatever was under way ends before the next browser comes.
    await new Promise((resolve) => setTimeout(resolve, 0));
    vi.unstubAllGlobals();
  });
  return { current: () => browser };
}

/** Waits for what is promised, and for no fixed time. */
export async function until(holds: () => unknown): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(`never: ${holds}`);
    },
    { timeout: 8_000, interval: 2 },
  );
}

/** Looks at a thread, as a screen does, until told to stop. */
export function look(
  chat: Chat,
  id: string,
): { view(): ThreadView; texts(): (string | null)[]; away(): void } {
  const { view } = chat.thread(id);
  const away = view.subscribe(() => {});
  return { view: () => view.get(), texts: () => view.get().messages.map(({ text }) => text), away };
}

/** Tom, looking at a thread with Anna of one message. */
export async function openedThread(): Promise<[Chat, ReturnType<typeof look>]> {
  browser.server.says(TOM_ANNA, TOM, "start");
  const tom = await browser.connected(TOM);
  const seen = look(tom, TOM_ANNA);
  await until(() => seen.texts().length === 1);
  return [tom, seen];
}

/** Web Locks, as far as they are used. */
class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();

  request(name: string, work: () => Promise<unknown>): Promise<unknown> {
    const turn = (this.#tails.get(name) ?? Promise.resolve()).then(work, work);
    this.#tails.set(name, turn);
    return turn;
  }
}
