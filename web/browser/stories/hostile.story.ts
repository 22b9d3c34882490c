import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Rig } from "../rig/browser.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

/** Would run, load or break out if any of them were taken for markup. */
const CORPUS = [
  "<script>window.broken = 1</script>",
  "<img src=x onerror='window.broken = 1'>",
  "<svg/onload=window.broken=1>",
  "\"><iframe srcdoc='<script>parent.broken = 1</script>'>",
  "javascript:window.broken=1",
  "[click](javascript:window.broken=1)",
  'https://example.com/"onmouseover="window.broken=1',
  "<a href='data:text/html,<script>window.broken=1</script>'>x</a>",
  "{{constructor.constructor('window.broken=1')()}}",
  "&lt;b&gt;not bold&lt;/b&gt;",
  "\u202Egnp.exe\u202C and \u200B\u2066zero\u2069",
  `Z${"\u0351\u0301".repeat(300)}`,
];

test("hostile texts and names are shown as the words they are", async () => {
  const trainer = await rig.platform.person("<img src=x onerror='window.broken=1'>", "Trainer");
  const client = await rig.platform.person("Anna <b>Keller</b>", "User");
  await rig.platform.book(trainer, client);
  const tom = await rig.open(await rig.context(trainer), `/trainer/messages?client=${client.id}`);
  const anna = await rig.open(await rig.context(client), `/messages?trainer=${trainer.id}`);
  await Promise.all([tom.isConnected(), anna.isConnected()]);

  for (const text of CORPUS) await tom.send(text);
  await anna.sees("not bold");
  await anna.until(
    "all of them",
    async () => (await anna.page.getByRole("article").count()) === CORPUS.length,
  );

  for (const screen of [tom, anna]) {
    expect(await screen.page.evaluate(() => "broken" in window)).toBe(false);
    const links = await screen.page
      .getByRole("article")
      .locator("a")
      .evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    expect(links.filter((href) => !href?.startsWith("https://example.com/"))).toEqual([]);
    expect(
      await screen.page.getByRole("article").locator("b, iframe, script, svg[onload], img[src=x]").count(),
    ).toBe(0);
    expect(screen.complaints).toEqual([]);
  }
  const thread = (await anna.thread()).join("\n");
  for (const text of CORPUS.slice(0, 10)) expect(thread).toContain(text);
});

test("an enormous grapheme and an endless word stay inside their bubble", async () => {
  const { tom, anna } = await rig.pair();

  await tom.send(`wide${"w".repeat(3000)}`);
  await tom.send(`tall x${"\u0301".repeat(900)}`);
  await anna.sees("tall");

  const overflows = await anna.page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  expect(overflows).toBe(false);
});
