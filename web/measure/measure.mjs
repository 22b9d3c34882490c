// Prints what the app weighs, how soon it is there and how it scrolls; a broken limit fails.
// npm run measure [-- --demo ../.dev/demo.json] [--only bundle,paint,scroll]
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureBundle, SHELL_LIMIT_KB } from "./bundle.mjs";
import { measurePaint } from "./paint.mjs";
import { measureScroll, RATIO_LIMIT, TASK_LIMIT_MS } from "./scroll.mjs";

const { values } = parseArgs({
  options: {
    demo: { type: "string", default: "../.dev/demo.json" },
    only: { type: "string", default: "bundle,paint,scroll" },
  },
});
const wanted = new Set(values.only.split(","));

if (wanted.has("bundle")) {
  const { shellKb, shell, later } = await measureBundle();
  say(
    "app shell's script, gzip",
    `${shellKb.toFixed(1)} kB`,
    shellKb <= SHELL_LIMIT_KB,
    `≤ ${SHELL_LIMIT_KB} kB`,
  );
  for (const { fileName, kb } of shell)
    console.log(`    at start  ${kb.toFixed(1).padStart(6)} kB  ${fileName}`);
  for (const { fileName, kb } of later)
    console.log(`    later     ${kb.toFixed(1).padStart(6)} kB  ${fileName}`);
}
if (wanted.has("paint")) {
  if (existsSync(values.demo)) {
    const { url } = JSON.parse(readFileSync(values.demo, "utf8"));
    const { paintMs, connectedMs } = await measurePaint(`${url}/#as=anna`);
    say("first contentful paint, slow 4G and 4× slower processor", `${Math.round(paintMs)} ms`);
    say("time to “Connected”, the same", `${Math.round(connectedMs)} ms`);
  } else {
    console.log(`paint and “Connected” are not measured: no ${values.demo} (make up writes it)`);
  }
}
if (wanted.has("scroll")) {
  const { empty, thread, growing, ratio } = await measureScroll();
  for (const [what, { longest, p95Ms, frames }] of Object.entries({ thread, growing })) {
    const name = what === "thread" ? "50,000 messages" : "50,000 messages coming by pages";
    const { processorMs, clockMs } = longest;
    const task = `${processorMs.toFixed(1)} ms (${clockMs.toFixed(1)} ms on the clock)`;
    say(
      `longest task, flinging through ${name}`,
      task,
      processorMs <= TASK_LIMIT_MS,
      `≤ ${TASK_LIMIT_MS} ms`,
    );
    say(`frame p95 of ${name}`, `${p95Ms.toFixed(1)} ms (${frames} frames)`);
  }
  say("frame p95 of an empty list", `${empty.p95Ms.toFixed(1)} ms (${empty.frames} frames)`);
  say("ratio of the worse to the empty one", ratio.toFixed(2), ratio <= RATIO_LIMIT, `≤ ${RATIO_LIMIT}`);
}

/**
 * @param {string} what
 * @param {string} value
 * @param {boolean} [kept]
 * @param {string} [limit]
 */
function say(what, value, kept = true, limit = "") {
  console.log(`${kept ? "  " : "✗ "}${what}: ${value}${limit && `  (${limit})`}`);
  if (!kept) process.exitCode = 1;
}
