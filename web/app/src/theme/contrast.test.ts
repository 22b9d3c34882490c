import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const tokens = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");

const TEXT = 4.5;
const CONTROL = 3;

const pairs: [string, string, number][] = [
  ...["canvas", "surface", "sunken", "raised", "other"].flatMap((under): [string, string, number][] => [
    ["ink", under, TEXT],
    ["muted", under, TEXT],
    ["brand", under, TEXT],
    ["danger", under, TEXT],
    ["control", under, CONTROL],
  ]),
  ["on-brand", "brand", TEXT],
  ["on-brand", "brand-strong", TEXT],
  ["ink", "brand-soft", TEXT],
  ["brand", "brand-soft", TEXT],
  ["muted", "brand-soft", TEXT],
  ["on-own", "own", TEXT],
  ["on-own-muted", "own", TEXT],
  ["on-accent", "accent", TEXT],
  ["on-danger", "danger", TEXT],
  ["danger", "danger-soft", TEXT],
  ["warning", "warning-soft", TEXT],
  ["warning", "surface", TEXT],
  ["ok", "surface", TEXT],
];

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  test.each(pairs)("%s stands out from %s", (over, under, least) => {
    expect(contrast(colour(over, theme), colour(under, theme))).toBeGreaterThanOrEqual(least);
  });
});

function colour(token: string, theme: "light" | "dark"): string {
  const found = tokens.match(new RegExp(`--color-${token}: light-dark\\((#\\w{6}), (#\\w{6})\\)`));
  const hex = found?.[theme === "light" ? 1 : 2];
  if (!hex) throw new Error(`no colour ${token}`);
  return hex;
}

/** WCAG's ratio of the lighter to the darker relative luminance. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) =>
    linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255),
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
