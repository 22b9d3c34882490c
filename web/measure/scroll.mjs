import { launch } from "./chromium.mjs";
import { serveGallery } from "./gallery.mjs";

export const TASK_LIMIT_MS = 50;
export const RATIO_LIMIT = 1.5;

const ROUNDS = 3;
const FLINGS = 8;
/** CSS pixels of each fling, and how fast: a reader in a hurry. */
const DISTANCE = 6_000;
const SPEED = 6_000;

/** @typedef {{ frames: number, p95Ms: number, longest: Task }} Figures */
/** @typedef {{ processorMs: number, clockMs: number }} Task */

/**
 * Flings through a thread of 50,000 messages, all of them there or coming by pages, and in the same way over an
 * empty one.
 *
 * @returns {Promise<{ empty: Figures, thread: Figures, growing: Figures, ratio: number }>}
 */
export async function measureScroll() {
  const gallery = await serveGallery();
  const browser = await launch();
  /** @type {Record<"empty" | "thread" | "growing", Figures[]>} */
  const rounds = { empty: [], thread: [], growing: [] };
  // In turns, so that a busy moment of the machine falls on all alike.
  for (let round = 0; round < ROUNDS; round++) {
    rounds.empty.push(await flung(browser, gallery.url("scroll-baseline")));
    rounds.thread.push(await flung(browser, gallery.url("fifty-thousand")));
    rounds.growing.push(await flung(browser, gallery.url("growing")));
  }
  await browser.close();
  await gallery.close();
  const [empty, thread, growing] = [rounds.empty, rounds.thread, rounds.growing].map(together);
  if (!empty || !thread || !growing) throw new Error("nothing was measured");
  return { empty, thread, growing, ratio: Math.max(thread.p95Ms, growing.p95Ms) / empty.p95Ms };
}

/**
 * The middle of the frames' figures, the worst of the tasks.
 *
 * @param {Figures[]} rounds
 * @returns {Figures}
 */
function together(rounds) {
  const tasks = rounds.map(({ longest }) => longest).sort((a, b) => b.processorMs - a.processorMs);
  return {
    frames: rounds.reduce((sum, { frames }) => sum + frames, 0),
    p95Ms: percentile(
      rounds.map(({ p95Ms }) => p95Ms),
      0.5,
    ),
    longest: tasks[0] ?? { processorMs: Number.NaN, clockMs: Number.NaN },
  };
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 * @returns {Promise<Figures>}
 */
async function flung(browser, url) {
  const page = await browser.newPage({ viewport: { width: 1_360, height: 850 } });
  await page.goto(url, { waitUntil: "networkidle" });
  await page.getByRole("textbox", { name: /^Message to/ }).waitFor();
  const cdp = await page.context().newCDPSession(page);
  // Once unmeasured: what is compiled and laid out the first time is not scrolling.
  await fling(cdp, 1);
  await page.evaluate(countFrames);
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline", "toplevel"] });
  for (let turn = 0; turn < FLINGS; turn++) await fling(cdp, turn % 4 === 3 ? -1 : 1);
  const trace = JSON.parse((await browser.stopTracing()).toString());
  const deltas = await page.evaluate(
    () => /** @type {{ frames?: number[] }} */ (/** @type {unknown} */ (window)).frames ?? [],
  );
  await page.close();
  return {
    frames: deltas.length,
    p95Ms: percentile(deltas, 0.95),
    longest: longestTask(trace.traceEvents),
  };
}

/**
 * @param {import("playwright-core").CDPSession} cdp
 * @param {1 | -1} way 1: towards older messages
 */
function fling(cdp, way) {
  return cdp.send("Input.synthesizeScrollGesture", {
    x: 900,
    y: 400,
    yDistance: way * DISTANCE,
    speed: SPEED,
    gestureSourceType: "mouse",
  });
}

function countFrames() {
  /** @type {number[]} */
  const frames = [];
  Object.assign(window, { frames });
  let last = performance.now();
  /** @param {number} now */
  const tick = (now) => {
    frames.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}

/** @typedef {{ name: string, dur?: number, tdur?: number, pid: number, tid: number, args?: { name?: string } }} TraceEvent */

/**
 * The page's longest task. By processor time: on the clock a task also waits for whatever else the machine does.
 *
 * @param {TraceEvent[]} events
 * @returns {Task}
 */
function longestTask(events) {
  const main = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events
    .filter(({ name, pid, tid }) => name === "RunTask" && main.has(`${pid} ${tid}`))
    .map(({ dur = 0, tdur = dur }) => ({ processorMs: tdur / 1_000, clockMs: dur / 1_000 }));
  return tasks.reduce((longest, task) => (task.processorMs > longest.processorMs ? task : longest), {
    processorMs: 0,
    clockMs: 0,
  });
}

/**
 * @param {number[]} values
 * @param {number} part
 */
function percentile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
}
