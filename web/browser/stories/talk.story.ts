import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Rig } from "../rig/browser.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

test("a trainer and a client on two gateways talk, and what they said is there after a reload", async () => {
  const { tom, anna } = await rig.pair();
  await anna.until("a socket on each gateway", async () =>
    (await rig.installation.sockets()).every((sockets) => sockets > 0),
  );

  await tom.send("Ready for Monday?");
  await anna.sees("Ready for Monday?");
  await anna.send("Born ready");
  await tom.sees("Born ready");

  await anna.page.reload();
  await anna.sees("Ready for Monday?");
  await anna.seesOnce("Born ready");
  await anna.isConnected();
  expect([...tom.complaints, ...anna.complaints]).toEqual([]);
});

test("ticks say what became of a message: sent, delivered, read", async () => {
  const { tom, anna, client, trainer } = await rig.pair();

  // Read means seen in an open conversation, so Anna looks elsewhere first.
  await anna.goto("/messages");
  await anna.shows(anna.card("Tom Brandt"));
  await tom.send("How was the run?");
  await tom.hasTick("How was the run?", "Delivered");

  await anna.goto(`/messages?trainer=${trainer.id}`);
  await anna.sees("How was the run?");
  await tom.hasTick("How was the run?", "Read");
  expect(client.id).not.toEqual(trainer.id);
});

test("an unread message is counted until it is read, and a line shows where new ones begin", async () => {
  const { tom, anna, trainer } = await rig.pair();
  await tom.send("one");
  await anna.sees("one");
  await tom.hasTick("one", "Read");

  await anna.goto("/messages");
  await anna.shows(anna.card("Tom Brandt"));
  await tom.send("two");
  await tom.send("three");
  await anna.shows(anna.list.getByText("2 unread"));

  await anna.goto(`/messages?trainer=${trainer.id}`);
  await anna.sees("three");
  await anna.shows(anna.page.getByText("New messages", { exact: true }));
  await anna.until("nothing is unread", async () => (await anna.list.getByText(/unread/).count()) === 0);
});

test("typing is shown to the other person and goes away", async () => {
  const { tom, anna } = await rig.pair();

  await anna.composer.pressSequentially("I was thi");

  await tom.shows(tom.page.getByText("Anna Keller is typing…"));
  await tom.hides(tom.page.getByText("Anna Keller is typing…"));
});

test("one's own message is edited and deleted for both", async () => {
  const { tom, anna } = await rig.pair();
  await tom.send("See you at 7");
  await anna.sees("See you at 7");

  await tom.choose("See you at 7", "Edit");
  await tom.page.keyboard.press("ControlOrMeta+A");
  await tom.page.keyboard.type("See you at 8");
  await tom.page.keyboard.press("Enter");
  await anna.sees("See you at 8");
  await anna.shows(anna.bubble("See you at 8").getByText("edited"));

  await tom.choose("See you at 8", "Delete");
  await tom.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await anna.shows(anna.page.getByText("Message deleted"));
  await anna.until("the text is gone", async () => (await anna.bubble("See you at 8").count()) === 0);
});

test("a reply shows what it answers, and a reaction reaches the other person", async () => {
  const { tom, anna } = await rig.pair();
  await tom.send("Legs or arms today?");
  await anna.sees("Legs or arms today?");

  await anna.choose("Legs or arms today?", "Reply");
  await anna.send("Arms, please");
  await tom.shows(tom.bubble("Arms, please").getByText("Legs or arms today?"));

  await tom.react("Arms, please", "💪");
  await anna.shows(anna.bubble("Arms, please").getByText("💪"));
});

test("Shift+Enter breaks the line, and Enter while a word is being composed does not send", async () => {
  const { tom, anna } = await rig.pair();

  await tom.composer.fill("first line");
  await tom.composer.press("Shift+Enter");
  await tom.composer.pressSequentially("second line");
  await tom.composer.dispatchEvent("keydown", {
    key: "Enter",
    isComposing: true,
    bubbles: true,
    cancelable: true,
  });
  expect(await tom.bubble("first line").count()).toBe(0);
  await tom.composer.press("Enter");

  await anna.sees("second line");
  // biome-ignore lint/performance/useDomNodeTextContent: the break is what is seen, and no character of the text
  expect(await anna.bubble("first line").innerText()).toMatch(/first line\nsecond line/);
});
