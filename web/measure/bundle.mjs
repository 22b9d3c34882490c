import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../app", import.meta.url));
/** Loaded before anything is shown, though by `import()`: the reader's language. */
const ALSO_AT_START = /catalog\.en/;
export const SHELL_LIMIT_KB = 110;

/** @typedef {{ fileName: string, kb: number }} Sized */

/**
 * What a first visit loads as script, and what comes later.
 *
 * @returns {Promise<{ shellKb: number, shell: Sized[], later: Sized[] }>}
 */
export async function measureBundle() {
  const result = await build({ root: ROOT, logLevel: "silent", build: { write: false } });
  const output = "output" in result ? result.output : Array.isArray(result) ? (result[0]?.output ?? []) : [];
  const chunks = new Map(output.flatMap((it) => (it.type === "chunk" ? [[it.fileName, it]] : [])));
  const starts = [...chunks.values()].filter(
    ({ isEntry, name, facadeModuleId }) => isEntry || ALSO_AT_START.test(facadeModuleId ?? name),
  );
  const first = new Set(starts.map(({ fileName }) => fileName));
  for (const fileName of first) for (const next of chunks.get(fileName)?.imports ?? []) first.add(next);
  const sized = [...chunks.values()].map(({ fileName, code }) => ({
    fileName,
    kb: gzipSync(code, { level: 9 }).length / 1_000,
  }));
  const shell = sized.filter(({ fileName }) => first.has(fileName));
  return {
    shellKb: shell.reduce((sum, { kb }) => sum + kb, 0),
    shell: sorted(shell),
    later: sorted(sized.filter(({ fileName }) => !first.has(fileName))),
  };
}

/** @param {Sized[]} files */
function sorted(files) {
  return files.sort((a, b) => b.kb - a.kb);
}
