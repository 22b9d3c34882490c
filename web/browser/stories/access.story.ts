import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Rig } from "../rig/browser.ts";
import type { Screen } from "../rig/screen.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds wrong, one line each. */
async function violations(screen: Screen): Promise<string[]> {
  // Colours on their way from one to the other are neither.
  await screen.page.evaluate(() =>
    Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))),
  );
  await screen.page.evaluate(AXE);
  const results = await screen.page.evaluate(
    (values) =>
      (window as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
        runOnly: { type: "tag", values },
      }),
    RULES,
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${id}: ${target.join(" ")}`),
  );
}

test("list, thread and settings have no violation of WCAG 2.2 AA, in light and in dark", async () => {
  const { tom, anna } = await rig.pair();
  await tom.send("Look at https://example.com and tell me 💪");
  await anna.sees("tell me");
  await anna.send("👍");
  await tom.sees("👍");

  for (const colorScheme of ["light", "dark"] as const) {
    await tom.page.emulateMedia({ colorScheme });
    expect(await violations(tom), colorScheme).toEqual([]);
  }
  await tom.page.getByRole("button", { name: "Settings" }).click();
  await tom.shows(tom.page.getByRole("dialog", { name: "Settings" }));
  expect(await violations(tom)).toEqual([]);
});

test("a phone shows one pane at a time, and back leads to the list", async () => {
  const { trainer, client } = await rig.platform.pair();
  const phone = await rig.context(trainer, {
    viewport: { width: 390, height: 760 },
    hasTouch: true,
    isMobile: true,
  });
  const tom = await rig.open(phone, "/trainer/messages");
  await tom.shows(tom.card("Anna Keller"));
  expect(await tom.composer.count()).toBe(0);
  expect(await violations(tom)).toEqual([]);

  await tom.card("Anna Keller").tap();

  await tom.shows(tom.composer);
  await tom.hides(tom.card("Anna Keller"));
  expect(tom.page.url()).toContain(`client=${client.id}`);
  expect(await violations(tom)).toEqual([]);
  await tom.page
    .getByRole("button", { name: "Back to the list" })
    .or(tom.page.getByRole("link", { name: "Back to the list" }))
    .tap();
  await tom.shows(tom.card("Anna Keller"));
});

test("a phone's keyboard covers neither the composer nor the newest message", async () => {
  const { trainer, client } = await rig.platform.pair();
  const size = { width: 390, height: 760 };
  const phone = await rig.context(trainer, { viewport: size, hasTouch: true, isMobile: true });
  const tom = await rig.open(phone, `/trainer/messages?client=${client.id}`);
  await tom.isConnected();
  for (const set of Array.from({ length: 15 }, (_, index) => `Set ${index + 1} is done`)) await tom.send(set);
  await tom.sees("Set 15 is done");
  await tom.composer.tap();

  // What is left of the page above a keyboard (`interactive-widget=resizes-content`).
  await tom.page.setViewportSize({ ...size, height: 400 });

  const isInSight = (box: { y: number; height: number } | null) =>
    box !== null && box.y >= 0 && box.y + box.height <= 400;
  await tom.until("composer and newest message are in sight", async () => {
    const [composer, newest] = await Promise.all([
      tom.composer.boundingBox(),
      tom.bubble("Set 15 is done").boundingBox(),
    ]);
    return isInSight(composer) && isInSight(newest);
  });
});

test("everything is done with the keyboard: choose, write, send, change one's mind", async () => {
  const { trainer } = await rig.platform.pair();
  const tom = await rig.open(await rig.context(trainer), "/trainer/messages");
  await tom.shows(tom.card("Anna Keller"));
  const keyboard = tom.page.keyboard;

  await tom.card("Anna Keller").focus();
  await keyboard.press("Enter");
  await tom.shows(tom.composer);
  await tom.until("the composer has the focus", () =>
    tom.composer.evaluate((element) => element === document.activeElement),
  );
  await keyboard.type("only keys");
  await keyboard.press("Enter");
  await tom.sees("only keys");

  await tom.hasTick("only keys", "Sent");
  await tom.bubble("only keys").focus();
  await keyboard.press("Enter");
  await tom.page.getByRole("button", { name: "Edit" }).waitFor();
  await keyboard.press("Escape");
  await tom.hides(tom.page.getByRole("button", { name: "Edit" }));
});

test("a new message is announced to a screen reader", async () => {
  const { tom, anna } = await rig.pair();

  await tom.send("Warm up first");

  await anna.shows(anna.page.locator("[aria-live=polite]").filter({ hasText: "Tom Brandt: Warm up first" }));
});
