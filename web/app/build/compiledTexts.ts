import { readFile } from "node:fs/promises";
import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";
import type { Plugin } from "vite";

const CATALOG = /\/texts\.[a-z]{2}\.json$/;

/** Compiles the ICU messages of `texts.*.json` when the app is built, so that no parser is shipped. */
export function compiledTexts(): Plugin {
  return {
    name: "spotter:compiled-texts",
    enforce: "pre",
    // The extension keeps Vite's own JSON plugin, which would read the messages raw, away.
    async resolveId(source, importer) {
      if (!CATALOG.test(source)) return null;
      const resolved = await this.resolve(source, importer, { skipSelf: true });
      return resolved ? `${resolved.id}?compiled.js` : null;
    },
    async load(id) {
      const file = id.replace(/\?compiled\.js$/, "");
      if (file === id) return null;
      this.addWatchFile(file);
      return `export default ${compile(await readFile(file, "utf8"))};`;
    },
  };
}

/** Answers the source of a compiled catalog. */
export function compile(json: string): string {
  const messages = JSON.parse(json) as Record<string, string>;
  const compiled = Object.entries(messages).map(([id, message]) => [id, compileMessageOrThrow(message)]);
  return JSON.stringify(Object.fromEntries(compiled));
}
