import { gzipSync } from "node:zlib";
import { build, type Plugin } from "vite";
import { expect, test } from "vitest";

const LIMIT = 15_000;

test("the core weighs at most 15 kB gzip, without what is fetched when it is needed", async () => {
  const core = await bundle([withoutLater()]);
  const all = await bundle([]);

  const [bytes = 0] = [...core.values()];
  const whole = [...all.values()].reduce((sum, part) => sum + part, 0);
  process.stdout.write(
    `chat-client: core ${bytes} bytes gzip, ${whole} with everything that is fetched later\n`,
  );

  expect(core.size).toBe(1);
  expect(bytes).toBeGreaterThan(5_000);
  expect(bytes).toBeLessThanOrEqual(LIMIT);
});

/** Minified chunks as an app's build has them, with their sizes. */
async function bundle(plugins: Plugin[]): Promise<Map<string, number>> {
  const result = await build({
    root: new URL("..", import.meta.url).pathname,
    configFile: false,
    logLevel: "silent",
    plugins,
    resolve: { conditions: ["@spotter/source"] },
    build: {
      write: false,
      lib: { entry: "src/index.ts", formats: ["es"] },
      rolldownOptions: { output: { minify: true } },
    },
  });
  const [output] = [result].flat();
  if (!output || !("output" in output)) throw new Error("nothing was built");
  const chunks = output.output.flatMap((part) => (part.type === "chunk" ? [part] : []));
  return new Map(chunks.map(({ fileName, code }) => [fileName, gzipSync(code, { level: 9 }).length]));
}

/** Leaves every `import()` where it is. */
function withoutLater(): Plugin {
  return {
    name: "without-later",
    resolveDynamicImport: (specifier) => ({ id: String(specifier), external: true }),
  };
}
