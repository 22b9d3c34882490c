import { describe, expect, test, vi } from "vitest";
import type { ClientFrame } from "../src/protocol.ts";
import { browserPerTest, look, openedThread, until } from "./kit/browser.ts";
import { stored } from "./kit/database.ts";
import { ANNA, TOM, TOM_ANNA, TOM_BEN, tokenOf } from "./kit/people.ts";

const { current } = browserPerTest();

describe("a message", () => {
  test("shows at once, and goes from waiting through sending to sent, delivered and read", async () => {
    const { server } = current();
    const [tom, seen] = await openedThread();
    const states: (string | undefined)[] = [];
    tom.thread(TOM_ANNA).view.subscribe(() => states.push(seen.view().messages.at(-1)?.state));

    void tom.thread(TOM_ANNA).send({ text: "hello" });
    expect(seen.texts()).toEqual(["start", "hello"]);
    await until(() => seen.view().messages.at(-1)?.state === "sent");
    server.marked(TOM_ANNA, ANNA, { deliveredSeq: 2 });
    await until(() => seen.view().messages.at(-1)?.state === "delivered");
    server.marked(TOM_ANNA, ANNA, { readSeq: 2 });
    await until(() => seen.view().messages.at(-1)?.state === "read");

    const distinct = states.filter((state, index) => state !== states[index - 1]);
    expect(distinct).toEqual(["waiting", "sending", "sent", "delivered", "read"]);
  });

  test("is on the disk before it is first sent", async () => {
    const { server } = current();
    const [tom] = await openedThread();
    // Nothing is answered, so what is on the disk was put there before the first attempt.
    server.deaf = (frame) => frame.type === "send";
    const onDisk = new Promise((resolve) => {
      server.onTook = (frame) => {
        if (frame.type === "send") resolve(stored(TOM, "outbox"));
      };
    });

    const id = await tom.thread(TOM_ANNA).send({ text: "hello" });

    expect(await onDisk).toMatchObject([{ id, text: "hello" }]);
    server.deaf = () => false;
    for (const peer of [...server.peers]) peer.close(4000);
    await until(async () => (await stored(TOM, "outbox")).length === 0);
  });

  test("written before it is known by whom is sent all the same, and kept", async () => {
    const { server } = current();
    server.says(TOM_ANNA, TOM, "start");
    let tell: (token: string) => void = () => {};
    const tom = current().open(TOM, () => new Promise((resolve) => (tell = resolve)));
    const seen = look(tom, TOM_ANNA);
    server.deaf = (frame) => frame.type === "send";
    const sent = tom.thread(TOM_ANNA).send({ text: "early" });

    tell(tokenOf(TOM, "Trainer"));
    const id = await sent;

    expect(await stored(TOM, "outbox")).toMatchObject([{ id }]);
    server.deaf = () => false;
    for (const peer of [...server.peers]) peer.close(4000);
    await until(() => server.log(TOM_ANNA).head === 2);
    await until(() => seen.texts().join() === "start,early");
  });

  test("typed offline in a tab that is then closed is delivered once after reopening", async () => {
    const { server } = current();
    const [tom] = await openedThread();
    server.network = false;
    for (const peer of [...server.peers]) peer.close(1006);
    const id = await tom.thread(TOM_ANNA).send({ text: "from the tunnel" });
    current().kill(tom);
    expect(server.log(TOM_ANNA).head).toBe(1);

    const again = await current().connected(TOM);
    const seen = look(again, TOM_ANNA);

    await until(() => seen.view().messages.at(-1)?.state === "sent");
    expect(server.log(TOM_ANNA).rows.filter((row) => row.id === id)).toHaveLength(1);
    expect(seen.texts()).toEqual(["start", "from the tunnel"]);
  });

  test("is shown from the disk before any socket is there", async () => {
    const { server } = current();
    const [tom] = await openedThread();
    server.network = false;
    await tom.thread(TOM_ANNA).send({ text: "still here" });
    current().kill(tom);
    server.network = false;

    const again = current().open(TOM);
    const seen = look(again, TOM_ANNA);

    await until(() => seen.texts().includes("still here"));
    expect(seen.view().messages.at(-1)).toMatchObject({ state: "waiting", own: true, seq: null });
  });

  test("whose ack was lost is sent again with the same id, and is there once", async () => {
    const { server } = current();
    const [tom, seen] = await openedThread();
    server.mute = (frame) => frame.type === "send";
    server.network = true;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    server.deaf = (frame) => frame.type === "send" && sends(server.frames).length === 1;

    void tom.thread(TOM_ANNA).send({ text: "hello" });
    await tick(() => sends(server.frames).length === 1, 0);
    server.mute = () => false;
    await tick(() => sends(server.frames).length === 2, 5_000);
    vi.useRealTimers();

    await until(() => seen.view().messages.at(-1)?.state === "sent");
    const [first, second] = sends(server.frames);
    expect(second?.id).toBe(first?.id);
    expect(server.log(TOM_ANNA).head).toBe(2);
  });

  test("goes out in order, one at a time, while another conversation does not wait", async () => {
    const { server } = current();
    server.says(TOM_BEN, TOM, "start");
    const [tom] = await openedThread();
    server.deaf = (frame) => frame.type === "send" && frame.conversationId === TOM_ANNA;

    for (const text of ["1", "2", "3"]) await tom.thread(TOM_ANNA).send({ text });
    await tom.thread(TOM_BEN).send({ text: "other" });
    await until(() => server.log(TOM_BEN).head === 2);
    expect(sends(server.frames).filter(({ conversationId }) => conversationId === TOM_ANNA)).toHaveLength(1);
    server.deaf = () => false;
    for (const peer of [...server.peers]) peer.close(4000);

    await until(() => server.log(TOM_ANNA).head === 4);
    expect(server.log(TOM_ANNA).rows.map(({ text }) => text)).toEqual(["start", "1", "2", "3"]);
  });

  test("that is refused stays, says why, and goes with retry or leaves with discard", async () => {
    const { server } = current();
    const [tom, seen] = await openedThread();
    const thread = tom.thread(TOM_ANNA);
    server.refuse = ({ type }) => (type === "send" ? "read_only" : null);
    const id = await thread.send({ text: "to nobody" });
    const other = await thread.send({ text: "neither" });
    await until(() => seen.view().messages.at(-1)?.state === "failed");
    expect(seen.view().messages.at(-2)?.failure).toEqual({ code: "read_only", retryable: false });

    server.refuse = () => null;
    thread.retry(id);
    thread.discard(other);

    await until(() => seen.view().messages.at(-1)?.state === "sent");
    expect(seen.texts()).toEqual(["start", "to nobody"]);
    expect(server.log(TOM_ANNA).rows.at(-1)?.id).toBe(id);
    await until(async () => (await stored(TOM, "outbox")).length === 0);
  });

  test("is tried again by itself when the server is not available", async () => {
    const { server } = current();
    const [tom] = await openedThread();
    let refusals = 0;
    server.refuse = ({ type }) => (type === "send" && refusals++ === 0 ? "unavailable" : null);

    await tom.thread(TOM_ANNA).send({ text: "patience" });

    await until(() => server.log(TOM_ANNA).head === 2);
  });

  test("that came too fast waits as long as the server asks, whatever is written meanwhile", async () => {
    const { server } = current();
    const [tom] = await openedThread();
    server.refuse = ({ type }) => (type === "send" ? "rate_limited" : null);
    await tom.thread(TOM_ANNA).send({ text: "1" });
    await until(() => sends(server.frames).length === 1);
    await until(() => tom.thread(TOM_ANNA).view.get().messages.at(-1)?.state === "waiting");

    for (let n = 2; n < 10; n++) await tom.thread(TOM_ANNA).send({ text: `${n}` });

    expect(sends(server.frames)).toHaveLength(1);
    server.refuse = () => null;
    await until(() => server.log(TOM_ANNA).head === 10);
  });

  test("with an id that was used for another gets a new one on retry", async () => {
    const { server } = current();
    const [tom, seen] = await openedThread();
    server.refuse = ({ type }) => (type === "send" ? "idempotency_conflict" : null);
    const id = await tom.thread(TOM_ANNA).send({ text: "twin" });
    await until(() => seen.view().messages.at(-1)?.state === "failed");
    server.refuse = () => null;

    tom.thread(TOM_ANNA).retry(id);

    await until(() => seen.view().messages.at(-1)?.state === "sent");
    expect(server.log(TOM_ANNA).rows.at(-1)?.id).not.toBe(id);
  });
});

describe("where Web Locks lack, or fail", () => {
  test("messages go out all the same, in order", async () => {
    vi.stubGlobal("navigator", { onLine: true });
    const { server } = current();
    const [tom] = await openedThread();

    for (const text of ["1", "2", "3"]) await tom.thread(TOM_ANNA).send({ text });

    await until(() => server.log(TOM_ANNA).head === 4);
    expect(server.log(TOM_ANNA).rows.map(({ text }) => text)).toEqual(["start", "1", "2", "3"]);
  });

  test("a lock that is refused is asked for again", async () => {
    let refusals = 0;
    const request = async (_name: string, work: () => Promise<unknown>): Promise<unknown> => {
      if (refusals++ === 0) throw new DOMException("the document is not fully active", "InvalidStateError");
      return work();
    };
    vi.stubGlobal("navigator", { onLine: true, locks: { request } });
    const { server } = current();
    const [tom] = await openedThread();

    await tom.thread(TOM_ANNA).send({ text: "again" });

    await until(() => server.log(TOM_ANNA).head === 2);
    expect(refusals).toBeGreaterThan(1);
  });
});

describe("several tabs", () => {
  test("send what each of them wrote once", async () => {
    const { server } = current();
    const [one] = await openedThread();
    const two = await current().connected(TOM);
    const seen = look(two, TOM_ANNA);

    for (let n = 0; n < 10; n++) await (n % 2 ? one : two).thread(TOM_ANNA).send({ text: `${n}` });

    await until(
      () => server.log(TOM_ANNA).head >= 11 && seen.view().messages.every(({ state }) => state !== "sending"),
    );
    expect(server.log(TOM_ANNA).rows.map(({ text }) => text)).toEqual(["start", ..."0123456789"]);
    expect(new Set(sends(server.frames).map(({ id }) => id)).size).toBe(10);
    expect(sends(server.frames)).toHaveLength(10);
  });

  test("one takes over what another could not finish", async () => {
    const { server } = current();
    const [one] = await openedThread();
    const two = await current().connected(TOM);
    const seen = look(two, TOM_ANNA);
    server.deaf = (frame) => frame.type === "send";
    await one.thread(TOM_ANNA).send({ text: "half way" });
    await until(() => sends(server.frames).length === 1);
    await until(() => seen.texts().includes("half way"));
    server.deaf = () => false;

    current().close(one);

    await until(() => server.log(TOM_ANNA).head === 2);
    await until(() => seen.view().messages.at(-1)?.state === "sent");
  });
});

function sends(frames: readonly ClientFrame[]): Extract<ClientFrame, { type: "send" }>[] {
  return frames.filter((frame) => frame.type === "send");
}

/** Moves the timers until something holds; the disk's own time is real. */
async function tick(holds: () => boolean, ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turns = 0; !holds() && turns < 1_000; turns++)
    await new Promise((resolve) => setImmediate(resolve));
  expect(holds()).toBe(true);
}
