import { describe, expect, test, vi } from "vitest";
import { browserPerTest, look, until } from "./kit/browser.ts";
import { stored } from "./kit/database.ts";
import { ANNA, BEN, TOM, TOM_ANNA, TOM_BEN } from "./kit/people.ts";

const { current } = browserPerTest();

describe("a reload", () => {
  test("shows the thread of the last visit before the socket is there, then catches up exactly", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "one");
    server.says(TOM_ANNA, ANNA, "two");
    const before = await current().connected(TOM);
    const seen = look(before, TOM_ANNA);
    await until(() => seen.texts().length === 2);
    await until(async () => (await kept(TOM_ANNA))?.copy?.position === 2);
    current().close(before);
    server.log(TOM_ANNA).change(1, { text: "one, edited" });
    server.says(TOM_ANNA, ANNA, "three");
    server.network = false;
    server.calls.length = 0;

    const after = current().open(TOM);
    const again = look(after, TOM_ANNA);

    await until(() => again.texts().length === 2);
    expect(again.texts()).toEqual(["one", "two"]);
    expect(after.me.get()).toEqual({ id: TOM, role: "Trainer" });
    server.network = true;
    await until(() => again.texts().length === 3);
    expect(again.texts()).toEqual(["one, edited", "two", "three"]);
    expect(server.calls).not.toContain("GET /api/chat/history");
  });

  test("asks for nothing that it has", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "one");
    const before = await current().connected(TOM);
    look(before, TOM_ANNA);
    await until(async () => (await kept(TOM_ANNA))?.copy?.position === 1);
    current().close(before);

    await current().connected(TOM);

    const hello = server.frames.filter(({ type }) => type === "hello").at(-1);
    expect(hello).toMatchObject({ resume: { epoch: server.epoch, positions: { [TOM_ANNA]: 1 } } });
  });

  test("renews the links of files whose hour is over", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "look", { attachments: [picture("file-1", 1)] });
    const before = await current().connected(TOM);
    look(before, TOM_ANNA);
    await until(async () => (await kept(TOM_ANNA))?.copy?.position === 1);
    current().close(before);

    const after = await current().connected(TOM);
    const seen = look(after, TOM_ANNA);

    await until(() => seen.view().messages[0]?.attachments[0]?.url?.endsWith("exp=4102444800"));
  });
});

describe("a connection that comes back", () => {
  test("tells of what came meanwhile, once", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "one");
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 1);
    const told = vi.fn();
    tom.onMessage(({ text }) => told(text));
    for (const peer of [...server.peers]) peer.close(4000);
    server.says(TOM_ANNA, ANNA, "two");

    await until(() => seen.texts().length === 2);

    expect(told.mock.calls).toEqual([["two"]]);
  });

  test("loads the newest page anew when the log was restored", async () => {
    const { server } = current();
    for (let n = 1; n <= 5; n++) server.says(TOM_ANNA, ANNA, `${n}`);
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 5);
    server.epoch = "another";
    server.log(TOM_ANNA).restore("another", 3);
    server.log(TOM_ANNA).send(ANNA, "x", "instead of four");

    for (const peer of [...server.peers]) peer.close(4000);

    await until(() => seen.texts().at(-1) === "instead of four");
    expect(seen.texts()).toEqual(["1", "2", "3", "instead of four"]);
    expect(tom.conversations.get().entries[0]?.position).toBe(4);
  });

  test("keeps the new copy, also when it stands lower than the one it had to drop", async () => {
    const { server } = current();
    for (let n = 1; n <= 5; n++) server.says(TOM_ANNA, ANNA, `${n}`);
    const tom = await current().connected(TOM);
    look(tom, TOM_ANNA);
    await until(async () => (await kept(TOM_ANNA))?.copy?.position === 5);

    server.log(TOM_ANNA).restore(server.epoch, 3);
    for (const peer of [...server.peers]) peer.close(4000);

    await until(async () => (await kept(TOM_ANNA))?.copy?.position === 3);
  });

  test("has no hole when frames went missing", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "one");
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 1);

    server.log(TOM_ANNA).send(ANNA, "lost", "two");
    server.says(TOM_ANNA, ANNA, "three");

    await until(() => seen.texts().length === 3);
    expect(seen.texts()).toEqual(["one", "two", "three"]);
    expect(tom.conversations.get().entries[0]?.unread).toBe(3);
  });

  test("hands over to the next socket without losing or repeating anything", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "one");
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 1);
    const states = new Set<string>();
    tom.status.subscribe(() => states.add(tom.status.get().state));
    const [old] = [...server.peers];
    server.beforeSynced = () => server.says(TOM_ANNA, ANNA, "in between");

    old?.send({ type: "reconnect", afterMs: 0 });
    await until(() => server.frames.filter(({ type }) => type === "hello").length === 2);
    await until(() => tom.status.get().state === "connected");
    server.says(TOM_ANNA, ANNA, "after");

    await until(() => seen.texts().length === 3);
    expect(seen.texts()).toEqual(["one", "in between", "after"]);
    expect([...server.peers]).toHaveLength(1);
    expect(states).not.toContain("disconnected");
  });
});

describe("what a broken server says", () => {
  test("changes nothing", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "one");
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 1);

    for (const peer of server.peers) {
      for (const raw of ["{", "null", '{"type":"message","position":2}', '{"type":"welcome"}'])
        peer.send(raw);
    }
    server.says(TOM_ANNA, ANNA, "two");

    await until(() => seen.texts().length === 2);
    expect(tom.status.get().state).toBe("connected");
  });
});

describe("where sockets do not connect", () => {
  test("messages come and go over HTTP", async () => {
    const { server } = current();
    server.sockets = false;
    server.says(TOM_ANNA, ANNA, "one");
    const tom = current().open(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => tom.conversations.get().entries.length === 1);
    await until(() => seen.texts().length === 1);

    await tom.thread(TOM_ANNA).send({ text: "by post" });
    await until(() => server.log(TOM_ANNA).head === 2);
    server.says(TOM_ANNA, ANNA, "two");

    await until(() => seen.texts().length === 3);
    expect(seen.texts()).toEqual(["one", "by post", "two"]);
    expect(server.calls).toContain("POST /api/chat/messages");
    expect(server.frames).toEqual([]);
  });

  test("a socket that says it is not live is left open, and nothing is sent on it", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "one");
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 1);

    for (const peer of server.peers) peer.send({ type: "status", live: false });
    await until(() => server.calls.includes("POST /api/chat/sync"));
    await tom.thread(TOM_ANNA).send({ text: "meanwhile" });

    await until(() => seen.view().messages.at(-1)?.state === "sent");
    expect(server.frames.some(({ type }) => type === "send")).toBe(false);
    expect(server.peers.size).toBe(1);
  });
});

describe("windows over a long thread", () => {
  test("are read page by page without a gap, from the end and from the middle", async () => {
    const { server } = current();
    for (let n = 1; n <= 240; n++) server.log(TOM_ANNA).send(ANNA, `id-${n}`, `${n}`);
    const tom = await current().connected(TOM);
    const thread = tom.thread(TOM_ANNA);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 50);

    await thread.loadOlder();
    expect(seen.texts()).toEqual(numbers(141, 240));
    await thread.jumpTo(20);
    expect(seen.texts()).toContain("20");
    expect(seen.view()).toMatchObject({ hasOlder: false, hasNewer: true });
    server.says(TOM_ANNA, ANNA, "241");
    await until(() => seen.view().unread === 241 || tom.conversations.get().entries[0]?.position === 241);
    expect(seen.texts()).not.toContain("241");
    while (seen.view().hasNewer) await thread.loadNewer();

    expect(seen.texts()).toEqual(numbers(1, 241));
  });

  test("keep every unchanged message the same object", async () => {
    const { server } = current();
    for (let n = 1; n <= 40; n++) server.log(TOM_ANNA).send(n % 2 ? ANNA : TOM, `id-${n}`, `${n}`);
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 40);
    const before = seen.view().messages;

    server.says(TOM_ANNA, ANNA, "41");
    server.marked(TOM_ANNA, ANNA, { readSeq: 2 });
    await until(() => seen.view().messages[1]?.state === "read");

    const changed = seen
      .view()
      .messages.flatMap((message, index) => (message === before[index] ? [] : [message.text]));
    expect(changed).toEqual(["2", "41"]);
  });

  test("a conversation that is not there is not available, unless its trainer may be written to", async () => {
    const { server } = current();
    const anna = current().open(ANNA);
    const stranger = look(anna, `conversation:c0ffee00-1234-4abc-8def-56789abcde07:${ANNA}`);
    const trainer = look(anna, TOM_ANNA);

    await until(() => stranger.view().error && trainer.view().loading === null);
    await until(() => anna.status.get().state === "connected");

    for (const peer of [...server.peers]) peer.close(4000);
    await until(() => server.frames.filter(({ type }) => type === "hello").length === 2);
    await until(() => anna.status.get().state === "connected");

    expect(server.calls.filter((call) => call === "GET /api/chat/history")).toHaveLength(2);
    expect(stranger.view()).toMatchObject({ error: { code: "not_found" }, canSend: false });
    expect(trainer.view()).toMatchObject({ error: null, messages: [], canSend: true });
    expect(anna.conversations.get().entries).toEqual([]);
  });

  test("a conversation that was not available opens when its client begins it", async () => {
    const { server } = current();
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_BEN);
    await until(() => seen.view().error?.code === "not_found");

    server.says(TOM_BEN, BEN, "Hello, I am Ben");

    await until(() => seen.texts().length === 1);
    expect(seen.view()).toMatchObject({ error: null, canSend: true });
  });

  test("a line that welcome did not bring is learnt when its thread is opened", async () => {
    const { server } = current();
    const tom = await current().connected(TOM);
    server.log(TOM_BEN).send(ANNA, "id", "old");

    const seen = look(tom, TOM_BEN);

    await until(() => seen.texts().length === 1);
    await until(() => tom.conversations.get().entries.length === 1);
  });
});

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}

function picture(id: string, exp: number) {
  const shape = { contentType: "image/jpeg", size: 1, name: null, width: 1, height: 1, placeholder: null };
  return { id, url: `https://chat.example.com/${id}?exp=${exp}`, ...shape, durationMs: null, waveform: null };
}

/** What the database has of a conversation. */
async function kept(id: string): Promise<{ copy: { position: number } | null } | undefined> {
  const records = (await stored(TOM, "conversations")) as {
    conversationId: string;
    copy: { position: number } | null;
  }[];
  return records.find(({ conversationId }) => conversationId === id);
}
