import { describe, expect, test, vi } from "vitest";
import { browserPerTest, look, until } from "./kit/browser.ts";
import { stored } from "./kit/database.ts";
import { ANNA, BEN, TOM, TOM_ANNA, TOM_BEN, tokenOf } from "./kit/people.ts";

const { current } = browserPerTest();

describe("signing out", () => {
  test("leaves nothing of the person in the browser", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "secret");
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 1);
    await until(async () => (await stored(TOM, "conversations")).length === 1);

    await tom.signOut();

    expect((await indexedDB.databases()).map(({ name }) => name)).toEqual([]);
    expect(tom.status.get()).toMatchObject({ state: "error", reason: "signed_out" });
    expect(server.peers.size).toBe(0);
  });

  test("ends the person's other tabs too", async () => {
    const one = await current().connected(TOM);
    const two = await current().connected(TOM);

    await one.signOut();

    await until(() => two.status.get().state === "error");
    expect(current().server.peers.size).toBe(0);
    await until(async () => (await indexedDB.databases()).length === 0);
  });
});

describe("one browser, two people", () => {
  test("never show each other's conversations, kept or queued", async () => {
    const { server } = current();
    server.says(TOM_ANNA, TOM, "for Anna");
    const anna = await current().connected(ANNA);
    const hers = look(anna, TOM_ANNA);
    await until(() => hers.texts().length === 1);
    server.network = false;
    await anna.thread(TOM_ANNA).send({ text: "from Anna" });
    current().kill(anna);
    server.network = true;

    const ben = await current().connected(BEN);
    const his = look(ben, TOM_BEN);

    await until(() => his.view().loading === null);
    expect(ben.conversations.get().entries).toEqual([]);
    expect(server.log(TOM_ANNA).rows.map(({ text }) => text)).toEqual(["for Anna"]);
  });

  test("a token of somebody else means signed out, not another's chat", async () => {
    const { server } = current();
    let token = tokenOf(TOM, "Trainer");
    const tom = current().open(TOM, async () => token);
    await until(() => tom.status.get().state === "connected");
    token = tokenOf(ANNA, "User");

    for (const peer of [...server.peers]) peer.close(4401);

    await until(() => tom.status.get().state === "error");
    expect(tom.status.get()).toMatchObject({ reason: "signed_out" });
    expect([...server.peers]).toEqual([]);
  });
});

describe("a token", () => {
  test("is in no URL, and nowhere on the disk", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "hello");
    const tom = await current().connected(TOM);
    look(tom, TOM_ANNA);
    await tom.thread(TOM_ANNA).send({ text: "hello" });
    await until(async () => (await stored(TOM, "conversations")).length === 1);

    const disk = await Promise.all(["meta", "conversations", "outbox"].map((store) => stored(TOM, store)));

    expect(JSON.stringify(disk)).not.toContain("c2ln");
    expect(server.calls.join()).not.toContain("c2ln");
  });

  test("that expires soon is renewed on the socket there is", async () => {
    const { server } = current();
    const getToken = vi.fn(async () => tokenOf(TOM, "Trainer"));
    const tom = current().open(TOM, getToken);
    await until(() => tom.status.get().state === "connected");

    for (const peer of server.peers) peer.send({ type: "authExpiring", inMs: 60_000 });

    await until(() => server.frames.some(({ type }) => type === "auth"));
    expect(getToken).toHaveBeenCalledTimes(2);
    expect(server.peers.size).toBe(1);
  });

  test("that the host page does not have means signed out", async () => {
    const tom = current().open(TOM, async () => Promise.reject(new Error("no session")));

    await until(() => tom.status.get().state === "error");

    expect(tom.status.get()).toEqual({ state: "error", reason: "signed_out", code: null });
  });
});

describe("marks", () => {
  test("tell that messages arrived, and what was read, and unread follows", async () => {
    const { server } = current();
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    for (const text of ["1", "2", "3"]) server.says(TOM_ANNA, ANNA, text);
    await until(() => tom.conversations.get().entries[0]?.unread === 3);
    await until(() => server.marks.get(`${TOM_ANNA} ${TOM}`)?.deliveredSeq === 3);
    await until(() => seen.texts().length === 3);

    tom.thread(TOM_ANNA).markRead(2);
    await until(() => seen.view().unread === 1);

    await until(() => server.marks.get(`${TOM_ANNA} ${TOM}`)?.readSeq === 2);
    await until(() => tom.conversations.get().entries[0]?.unread === 1);
  });

  test("that were made without a socket are told after the next `synced`", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "1");
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 1);
    server.network = false;
    for (const peer of [...server.peers]) peer.close(1006);
    await until(() => tom.status.get().state !== "connected");
    tom.thread(TOM_ANNA).markRead(1);
    await until(async () => JSON.stringify(await stored(TOM, "conversations")).includes('"readSeq":1'));
    current().kill(tom);

    await current().connected(TOM);

    await until(() => server.marks.get(`${TOM_ANNA} ${TOM}`)?.readSeq === 1);
  });

  test("the unread line stays where the last visit ended", async () => {
    const { server } = current();
    for (const text of ["1", "2", "3"]) server.says(TOM_ANNA, ANNA, text);
    server.marked(TOM_ANNA, TOM, { readSeq: 1 });
    server.sockets = false;
    const tom = current().open(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 3);
    tom.thread(TOM_ANNA).markRead(3);
    server.sockets = true;

    await until(() => tom.status.get().state === "connected");

    expect(seen.view()).toMatchObject({ unreadFromSeq: 2, unread: 0 });
  });
});

describe("presence and typing", () => {
  test("are told, and typing at most every three seconds", async () => {
    const { server } = current();
    const anna = await current().connected(ANNA);
    const seen = look(anna, TOM_ANNA);
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });

    for (let key = 0; key < 5; key++) anna.thread(TOM_ANNA).typing();
    await vi.advanceTimersByTimeAsync(0);
    vi.setSystemTime(Date.now() + 3_000);
    anna.thread(TOM_ANNA).typing();
    for (const peer of server.peers)
      peer.send({ type: "typing", conversationId: TOM_ANNA, userId: TOM, ttlMs: 5_000 });
    await vi.advanceTimersByTimeAsync(0);

    expect(server.frames.filter(({ type }) => type === "typing")).toHaveLength(2);
    expect(seen.view().typing).toBe(true);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen.view().typing).toBe(false);
  });

  test("typing is over when the message is there", async () => {
    const { server } = current();
    server.says(TOM_ANNA, TOM, "1");
    const anna = await current().connected(ANNA);
    const seen = look(anna, TOM_ANNA);
    for (const peer of server.peers)
      peer.send({ type: "typing", conversationId: TOM_ANNA, userId: TOM, ttlMs: 60_000 });
    await until(() => seen.view().typing);

    server.says(TOM_ANNA, TOM, "2");

    await until(() => !seen.view().typing);
  });

  test("who is watched is said again on the next socket", async () => {
    const { server } = current();
    const anna = await current().connected(ANNA);
    anna.watch([TOM]);
    await until(() => anna.presence.get().get(TOM)?.online);

    for (const peer of [...server.peers]) peer.close(4000);

    await until(() => server.frames.filter(({ type }) => type === "watch").length === 2);
    await until(() => anna.presence.get().get(TOM)?.online);
  });

  test("what a server does not serve is not asked of it again", async () => {
    const { server } = current();
    server.refuse = ({ type }) => (type === "watch" || type === "typing" ? "bad_frame" : null);
    const anna = await current().connected(ANNA);
    for (let round = 0; round < 20; round++) {
      anna.watch([TOM, `${round}`]);
      anna.thread(`conversation:${TOM}:${round}`).typing();
      const asked = server.frames.length;
      await until(() => server.frames.length >= asked && round >= 0);
      await new Promise((resolve) => setImmediate(resolve));
    }

    const refused = server.frames.filter(({ type }) => type === "watch" || type === "typing");
    expect(refused.length).toBeLessThan(10);
    expect(anna.status.get().state).toBe("connected");
  });
});

describe("a browser that keeps nothing", () => {
  test("still chats", async () => {
    vi.stubGlobal("indexedDB", undefined);
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "1");
    const tom = await current().connected(TOM);
    const seen = look(tom, TOM_ANNA);
    await until(() => seen.texts().length === 1);

    await tom.thread(TOM_ANNA).send({ text: "2" });

    await until(() => seen.view().messages.at(-1)?.state === "sent");
  });
});
