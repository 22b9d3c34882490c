// Takes a picture of every state on phone, tablet and desktop, light and dark.
// npm run screenshots [-- --only trainer,settings] [--out folder] [--locale de]
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { launch } from "./chromium.mjs";
import { serveGallery } from "./gallery.mjs";
import { SHOTS } from "./scenes.mjs";

/** The moment of the gallery's scenes. */
const NOW = new Date("2026-03-04T17:42:00Z");
const SIZES = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  tablet: { viewport: { width: 820, height: 1180 }, hasTouch: true },
  desktop: { viewport: { width: 1360, height: 850 } },
};
const SCHEMES = /** @type {const} */ (["light", "dark"]);

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    out: { type: "string", default: "screenshots" },
    sizes: { type: "string", default: "phone,tablet,desktop" },
    locale: { type: "string", default: "en" },
  },
});
const wanted = values.only?.split(",");
const shots = Object.entries(SHOTS).filter(([name]) => !wanted || wanted.includes(name));
mkdirSync(values.out, { recursive: true });

const gallery = await serveGallery();
const browser = await launch(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
let failed = 0;
for (const [size, device] of Object.entries(SIZES).filter(([name]) =>
  values.sizes.split(",").includes(name),
)) {
  for (const colorScheme of SCHEMES) {
    const context = await browser.newContext({
      ...device,
      colorScheme,
      locale: "en-GB",
      timezoneId: "Europe/London",
    });
    for (const [name, shot] of shots) {
      // What a pointer alone opens; fingers have the keyboard's emoji and tap the bubble.
      if (shot.mouse && "hasTouch" in device) continue;
      const page = await context.newPage();
      try {
        await take(page, name, shot, `${values.out}/${name}-${size}-${colorScheme}.png`);
      } catch (error) {
        failed += 1;
        console.error(`${name} ${size} ${colorScheme}: ${String(error).split("\n")[0]}`);
      }
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
await gallery.close();
console.log(`${shots.length} states in ${values.out}, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/**
 * @param {import("playwright-core").Page} page
 * @param {string} _name
 * @param {import("./scenes.mjs").Shot} shot
 * @param {string} path
 */
async function take(page, _name, { scene, steps }, path) {
  page.setDefaultTimeout(8_000);
  await page.clock.setFixedTime(NOW);
  await page.goto(gallery.url(scene, { locale: values.locale }), { waitUntil: "networkidle" });
  await page.locator("main").waitFor();
  await steps?.(page);
  await page.screenshot({ path, animations: "disabled" });
}
