// @vitest-environment happy-dom
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { blocksOf, link, MODULES, PACKAGE, project, write } from "./kit/blocks.ts";
import { browserPerTest, until } from "./kit/browser.ts";
import { ANNA, TOM, TOM_ANNA, tokenOf } from "./kit/people.ts";

const PAGES = ["docs/front-end.md", "web/chat-client/README.md"];
const { current } = browserPerTest();
const parent = mkdtempSync(join(tmpdir(), "spotter-docs-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

test("every example of the pages compiles", () => {
  const folder = project(parent, ["react", "react-dom", "@types/react", "@types/react-dom", "csstype"]);
  link(folder, "@spotter/chat-client", PACKAGE);
  const blocks = PAGES.flatMap((page) => blocksOf(page));
  expect(blocks.length).toBeGreaterThan(5);
  const names = blocks.map(({ language }, index) => `example-${index}.${language}`);
  write(
    folder,
    Object.fromEntries(blocks.map(({ code }, index) => [names[index] ?? "", `${code}\nexport {};\n`])),
  );
  const compilerOptions = {
    types: ["react", "react-dom"],
    noUnusedLocals: false,
    noUncheckedIndexedAccess: false,
  };
  const tsconfig = { extends: join(PACKAGE, "../tsconfig.base.json"), compilerOptions, files: names };
  write(folder, { "tsconfig.json": JSON.stringify(tsconfig) });

  expect(typesOf(folder)).toBe("");
});

test("the example without a framework runs: it shows the thread, and sends", async () => {
  const { server } = current();
  server.says(TOM_ANNA, ANNA, "Hello Tom");
  const [code] = blocksOf("docs/front-end.md")
    .map((block) => block.code)
    .filter((block) => block.includes("createChat"));
  const globals = window as unknown as { spotterHost: { getToken(): Promise<string> } };
  globals.spotterHost = { getToken: async () => tokenOf(TOM, "Trainer") };
  const examples = project(join(PACKAGE, "node_modules/.examples"), []);
  write(examples, { "example.ts": `${code}export { chat };\n` });

  const { chat } = await import(join(examples, "example.ts"));

  await until(() => document.title === "2: Ready for Monday?");
  await until(() => server.log(TOM_ANNA).rows.at(-1)?.text === "Ready for Monday?");
  chat.close();
  rmSync(examples, { recursive: true });
});

function typesOf(folder: string): string {
  try {
    execFileSync(join(MODULES, ".bin/tsc"), ["-p", folder], { encoding: "utf8" });
    return "";
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? error);
  }
}
