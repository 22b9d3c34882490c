import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { expect, test } from "vitest";

const LIMIT = 15_000;

test("the core weighs at most 15 kB gzip, without what is fetched later", async () => {
  const chunks = await bundle();
  const entry = chunks.find(({ isEntry }) => isEntry);
  const core = new Set<string>();
  const follow = (name: string): void => {
    if (core.has(name)) return;
    core.add(name);
    for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) follow(imported);
  };
  follow(entry?.fileName ?? "");

  const figures = chunks.map(({ fileName, code }) => ({
    fileName,
    bytes: gzipSync(code, { level: 9 }).length,
  }));
  const ofCore = chunks.filter(({ fileName }) => core.has(fileName)).map(({ code }) => code);
  const bytes = gzipSync(ofCore.join(""), { level: 9 }).length;
  process.stdout.write(`chat-client: core ${bytes} bytes gzip\n`);
  for (const { fileName, bytes: later } of figures) {
    if (!core.has(fileName)) process.stdout.write(`chat-client: later, ${fileName} ${later} bytes gzip\n`);
  }

  expect(bytes).toBeLessThanOrEqual(LIMIT);
});

/** As an app's own build would have it. */
async function bundle(): Promise<Rolldown.OutputChunk[]> {
  const result = await build({
    root: new URL("..", import.meta.url).pathname,
    configFile: false,
    logLevel: "silent",
    resolve: { conditions: ["@spotter/source"] },
    build: {
      write: false,
      minify: "oxc",
      lib: { entry: "src/index.ts", formats: ["es"] },
      rolldownOptions: { output: { minify: true } },
    },
  });
  const [output] = [result].flat();
  if (!output || !("output" in output)) throw new Error("nothing was built");
  return output.output.filter((part) => part.type === "chunk");
}
