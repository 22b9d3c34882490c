import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { blocksOf, link, MODULES, PACKAGE, project, write } from "./kit/blocks.ts";

const parent = mkdtempSync(join(tmpdir(), "spotter-pack-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

test("the packed package, installed into an empty Vite project, types and builds the quickstart", () => {
  run("npm", ["pack", "--silent", "--pack-destination", parent], PACKAGE);
  const [tarball = ""] = readdirSync(parent).filter((name) => name.endsWith(".tgz"));
  const folder = project(parent, []);
  const [quickstart] = blocksOf("web/chat-client/README.md");
  const [screens] = blocksOf("docs/front-end.md").filter(({ language }) => language === "tsx");
  const compilerOptions = { strict: true, module: "ESNext", moduleResolution: "bundler", target: "ES2022" };
  const more = {
    jsx: "react-jsx",
    noEmit: true,
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    types: ["vite/client"],
  };
  write(folder, {
    "package.json": JSON.stringify({ name: "empty", private: true, type: "module" }),
    "tsconfig.json": JSON.stringify({ compilerOptions: { ...compilerOptions, ...more }, include: ["src"] }),
    "index.html": '<!doctype html><script type="module" src="/src/main.ts"></script>',
    "src/main.ts": `${quickstart?.code}export * from "./screens";\n`,
    "src/screens.tsx": screens?.code ?? "",
    ".env.local": "VITE_WS_CHAT_URL=wss://chat.example.com/ws/chat",
  });

  run(
    "npm",
    ["install", "--offline", "--no-audit", "--no-fund", "--legacy-peer-deps", join(parent, tarball)],
    folder,
  );
  for (const name of [
    "react",
    "react-dom",
    "scheduler",
    "vite",
    "@types/react",
    "@types/react-dom",
    "csstype",
  ]) {
    link(folder, name, join(MODULES, name));
  }
  run(join(MODULES, ".bin/tsc"), ["-p", "."], folder);
  run(join(MODULES, ".bin/vite"), ["build", "--logLevel", "warn"], folder);

  const installed = join(folder, "node_modules/@spotter/chat-client");
  expect(readdirSync(installed).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
  expect(existsSync(join(installed, "dist/react/index.d.ts"))).toBe(true);
  const assets = join(folder, "dist/assets");
  const built = readdirSync(assets).map((name) => run("cat", [name], assets));
  expect(built.join()).toContain("wss://chat.example.com/ws/chat");
}, 120_000);

test("the quickstart has ten lines", () => {
  const [quickstart] = blocksOf("web/chat-client/README.md");

  expect(quickstart?.code.trim().split("\n").length).toBeLessThanOrEqual(10);
});

function run(command: string, args: string[], cwd: string): string {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: "utf8",
      stdio: "pipe",
      env: { ...process.env, NODE_ENV: "" },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args[0]}: ${stdout ?? ""}${stderr ?? ""}`);
  }
}
