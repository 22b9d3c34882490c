import { describe, expect, test } from "vitest";
import { browserPerTest, openedThread, until } from "./kit/browser.ts";
import { stored } from "./kit/database.ts";
import { TOM, TOM_ANNA } from "./kit/people.ts";

const { current } = browserPerTest();

describe("a change of a message", () => {
  test("shows at once, and holds when the server has it", async () => {
    const { server } = current();
    const [tom, seen] = await openedThread();
    const thread = tom.thread(TOM_ANNA);

    const done = thread.react(1, "💪", true);
    expect(seen.view().messages[0]?.reactions).toEqual([{ emoji: "💪", userIds: [TOM] }]);
    await done;
    await until(() => server.log(TOM_ANNA).head === 2);
    await thread.react(1, "💪", false);

    await until(() => seen.view().messages[0]?.reactions.length === 0);
  });

  test("is rolled back when it is refused, and says why", async () => {
    const { server } = current();
    const [tom, seen] = await openedThread();
    server.refuse = ({ type }) => (type === "edit" ? "edit_window_over" : null);

    const edit = tom.thread(TOM_ANNA).edit(1, "too late");
    expect(seen.texts()).toEqual(["too late"]);

    await expect(edit).rejects.toMatchObject({ code: "edit_window_over", retryable: false });
    expect(seen.texts()).toEqual(["start"]);
    expect(await stored(TOM, "outbox")).toEqual([]);
  });

  test("waits behind the messages of its conversation", async () => {
    const { server } = current();
    const [tom, seen] = await openedThread();
    server.network = false;
    for (const peer of [...server.peers]) peer.close(1006);
    await tom.thread(TOM_ANNA).send({ text: "first" });
    const removed = tom.thread(TOM_ANNA).remove(1);
    await until(async () => (await stored(TOM, "outbox")).length === 2);

    server.network = true;
    tom.reconnect();
    await removed;

    const kinds = server.frames
      .map(({ type }) => type)
      .filter((type) => type === "send" || type === "delete");
    expect(kinds).toEqual(["send", "delete"]);
    await until(() => seen.view().messages[0]?.deletedAt);
    expect(seen.texts()).toEqual([null, "first"]);
  });
});
