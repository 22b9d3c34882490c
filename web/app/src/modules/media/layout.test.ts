import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxOf } from "./layout";

describe("a picture's box", () => {
  it("keeps the picture's shape", () => {
    expect(boxOf({ width: 1_200, height: 800 })).toEqual({ width: 320, height: 213 });
    expect(boxOf({ width: 900, height: 1_200 })).toEqual({ width: 285, height: 380 });
  });

  it("is there before anything is known", () => {
    expect(boxOf({ width: null, height: null })).toEqual({ width: 320, height: 240 });
  });

  it("is never too small to be pressed nor larger than a bubble", () => {
    const length = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(length, length, (width, height) => {
        const box = boxOf({ width, height });
        expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(132);
        expect(box.width).toBeLessThanOrEqual(320);
        expect(box.height).toBeLessThanOrEqual(380);
      }),
    );
  });
});
