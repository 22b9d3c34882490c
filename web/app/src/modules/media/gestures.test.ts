import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitted, held, MAX_SCALE, REST, swipeOf, zoomed } from "./gestures";

const FRAME = { width: 400, height: 800 };
const PICTURE = { width: 400, height: 300 };

describe("a finger on the viewer", () => {
  it("turns the page when it went far or fast", () => {
    expect(swipeOf({ x: -120, y: 10 }, 900, FRAME)).toBe("next");
    expect(swipeOf({ x: 60, y: 5 }, 80, FRAME)).toBe("previous");
  });

  it("closes downwards, and only downwards", () => {
    expect(swipeOf({ x: 5, y: 260 }, 600, FRAME)).toBe("close");
    expect(swipeOf({ x: 5, y: -260 }, 600, FRAME)).toBeNull();
  });

  it("leaves a hesitant or tiny move alone", () => {
    expect(swipeOf({ x: -40, y: 0 }, 500, FRAME)).toBeNull();
    expect(swipeOf({ x: -10, y: 0 }, 1, FRAME)).toBeNull();
  });
});

describe("zoom", () => {
  it("keeps what lies under the finger where it is", () => {
    const at = { x: 100, y: 50 };
    const pose = zoomed(REST, 3, at, PICTURE, FRAME);
    expect((at.x - pose.x) / pose.scale).toBeCloseTo(at.x);
  });

  it("never shows less than the whole picture nor more than the limit, and never leaves the frame empty", () => {
    const number = fc.double({ min: -500, max: 500, noNaN: true });
    const step = fc.record({ factor: fc.double({ min: 0.1, max: 9, noNaN: true }), x: number, y: number });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const pose = steps.reduce(
          (it, { factor, x, y }) => zoomed(it, factor, { x, y }, PICTURE, FRAME),
          REST,
        );
        expect(pose.scale).toBeGreaterThanOrEqual(1);
        expect(pose.scale).toBeLessThanOrEqual(MAX_SCALE);
        expect(held(pose, PICTURE, FRAME)).toEqual(pose);
        if (pose.scale === 1) expect(pose).toEqual(REST);
      }),
    );
  });

  it("shows a picture whole, and a small one as it is", () => {
    expect(fitted({ width: 4_000, height: 3_000 }, FRAME)).toEqual({ width: 400, height: 300 });
    expect(fitted({ width: 40, height: 30 }, FRAME)).toEqual({ width: 40, height: 30 });
  });
});
