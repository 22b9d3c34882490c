import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excerptOf, segmentsOf } from "./highlight";

describe("what a search found", () => {
  it("counts as the server does: an emoji before the hit is one", () => {
    expect(segmentsOf("💪🏽 squat day", [{ start: 3, end: 8 }])).toEqual([
      { text: "💪🏽 ", hit: false },
      { text: "squat", hit: true },
      { text: " day", hit: false },
    ]);
  });

  it("takes ranges in any order and cuts those that overlap", () => {
    const ranges = [
      { start: 4, end: 6 },
      { start: 0, end: 5 },
    ];
    expect(segmentsOf("abcdefg", ranges)).toEqual([
      { text: "abcde", hit: true },
      { text: "f", hit: true },
      { text: "g", hit: false },
    ]);
  });

  it("loses and adds no character, whatever ranges come", () => {
    const range = fc.record({
      start: fc.integer({ min: -5, max: 60 }),
      end: fc.integer({ min: -5, max: 60 }),
    });
    const scalar = fc.constantFrom("a", "é", "💪", "🏽", "\u0301", " ", "\n");
    const text = fc.array(scalar, { maxLength: 40 }).map((scalars) => scalars.join(""));
    fc.assert(
      fc.property(text, fc.array(range, { maxLength: 6 }), (text, ranges) => {
        expect(
          segmentsOf(text, ranges)
            .map((it) => it.text)
            .join(""),
        ).toBe(text);
      }),
    );
  });

  it("shows the first hit of a long text on one line", () => {
    const text = `${"warm up\n".repeat(40)}then deadlift${" and rest".repeat(40)}`;
    const start = text.indexOf("deadlift");

    const excerpt = excerptOf(text, [{ start, end: start + 8 }]);

    const shown = excerpt.map((it) => it.text).join("");
    expect(shown).toMatch(/^… warm up warm up .*then deadlift and rest .* …$/);
    expect(shown).not.toContain("\n");
    expect(excerpt.find((it) => it.hit)?.text).toBe("deadlift");
  });

  it("shows a text without a hit from its beginning", () => {
    expect(excerptOf("a file's name matched", [])).toEqual([{ text: "a file's name matched", hit: false }]);
  });
});
