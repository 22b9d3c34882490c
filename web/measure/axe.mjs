// Runs axe over every state of the gallery, light and dark; any violation fails. npm run axe [-- --only trainer]
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { launch } from "./chromium.mjs";
import { serveGallery } from "./gallery.mjs";
import { SHOTS } from "./scenes.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const { values } = parseArgs({ options: { only: { type: "string" } } });
const wanted = values.only?.split(",");
const shots = Object.entries(SHOTS).filter(([name]) => !wanted || wanted.includes(name));

const gallery = await serveGallery();
const browser = await launch(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
let violations = 0;
for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const viewport of [
    { width: 1360, height: 850 },
    { width: 390, height: 844 },
  ]) {
    const context = await browser.newContext({ colorScheme, viewport, reducedMotion: "reduce" });
    for (const [name, { scene, steps }] of shots) {
      const page = await context.newPage();
      page.setDefaultTimeout(8_000);
      await page.goto(gallery.url(scene), { waitUntil: "networkidle" });
      await page.locator("main").waitFor();
      await steps?.(page);
      await page.addScriptTag({ path: AXE });
      for (const { id, nodes, help } of await check(page)) {
        violations += nodes.length;
        console.error(`${name} ${colorScheme} ${viewport.width}: ${id} (${help})`);
        for (const { html, why } of nodes.slice(0, 3)) console.error(`    ${html}\n    ${why}`);
      }
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
await gallery.close();
console.log(`axe: ${shots.length} states in light and dark, wide and narrow: ${violations} violations`);
process.exitCode = violations > 0 ? 1 : 0;

/**
 * What is wrong with a page that stands still: of an element that goes while axe looks, it would say that it has
 * no name.
 *
 * @param {import("playwright-core").Page} page
 */
function check(page) {
  return page.evaluate(async (tags) => {
    const { axe } = /** @type {{ axe: typeof import("axe-core") }} */ (/** @type {unknown} */ (window));
    const observer = new MutationObserver(() => {});
    observer.observe(document.body, { childList: true, subtree: true });
    const went = () => observer.takeRecords().some(({ removedNodes }) => removedNodes.length > 0);
    /** @type {import("axe-core").AxeResults} */
    let results;
    let tries = 0;
    do {
      if (++tries > 10) throw new Error("the page does not come to rest");
      results = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    } while (went());
    const { violations } = results;
    return violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map(({ html, failureSummary }) => ({
        html: html.slice(0, 200),
        why: failureSummary?.replaceAll("\n", " "),
      })),
    }));
  }, RULES);
}
