import { readFileSync } from "node:fs";
import { type CompiledMessage, compileMessageOrThrow } from "@lingui/message-utils/compileMessage";
import { describe, expect, test } from "vitest";

type Catalog = Record<string, string>;

const read = (files: Record<string, { default: Catalog }>): Catalog =>
  Object.assign(
    {},
    ...Object.keys(files).map((path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"))),
  );

const english = read(import.meta.glob("../**/texts.en.json", { eager: true }));
const german = read(import.meta.glob("../**/texts.de.json", { eager: true }));
const sources = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../**/*.test.{ts,tsx}"], {
  eager: true,
  query: "?raw",
  import: "default",
});

describe("the texts", () => {
  test("have the same ids in both languages", () => {
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  });

  test("take the same values in both languages", () => {
    const names = (catalog: Catalog) =>
      Object.fromEntries(Object.entries(catalog).map(([id, text]) => [id, values(text)]));

    expect(names(german)).toEqual(names(english));
  });

  test("are there for every id the source names", () => {
    const named = Object.values(sources).flatMap((source) =>
      [...source.matchAll(/\bt\("([^"]+)"/g)].map(([, id]) => id ?? ""),
    );

    expect(named.filter((id) => !(id in english))).toEqual([]);
  });

  test("compile to ICU messages", async () => {
    const { messages } = await import("./catalog.en");

    expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
    expect(Object.values(messages).every(Array.isArray)).toBe(true);
  });
});

/** The names of the values a message takes, each once, the nested ones too. */
function values(text: string): string[] {
  return [...new Set(named(compileMessageOrThrow(text)))].sort();
}

function named(tokens: CompiledMessage): string[] {
  return tokens.flatMap((token) => {
    if (typeof token === "string") return [];
    const [name, , choices] = token;
    const nested = choices && typeof choices === "object" ? Object.values(choices).filter(Array.isArray) : [];
    return [name, ...nested.flatMap((choice) => named(choice as CompiledMessage))];
  });
}
