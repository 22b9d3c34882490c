import { launch } from "./chromium.mjs";

/** Lighthouse's "slow 4G" on a phone four times slower than this machine. */
const NETWORK = {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6e6 / 8) * 0.9,
  uploadThroughput: (750e3 / 8) * 0.9,
};
const CPU_RATE = 4;
const RUNS = 5;

/**
 * First contentful paint and time to "Connected", on a first visit to a running Spotter; the median of some runs.
 *
 * @param {string} url where the app is served, with the person's fragment
 */
export async function measurePaint(url) {
  const browser = await launch();
  const runs = [];
  for (let run = 0; run < RUNS; run++) runs.push(await visit(browser, url));
  await browser.close();
  return {
    paintMs: median(runs.map((it) => it.paintMs)),
    connectedMs: median(runs.map((it) => it.connectedMs)),
  };
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 */
async function visit(browser, url) {
  // A context of its own: nothing is cached, nobody has been here.
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB" });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", NETWORK);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: CPU_RATE });
  await page.goto(url, { waitUntil: "commit" });
  await page.getByText("Connected", { exact: true }).first().waitFor({ state: "attached", timeout: 60_000 });
  const times = await page.evaluate(() => ({
    connectedMs: performance.now(),
    paintMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  }));
  await context.close();
  return times;
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
