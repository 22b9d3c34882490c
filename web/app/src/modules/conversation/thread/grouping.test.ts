import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { message } from "./fixtures";
import { indexOfSeq, placeOf } from "./grouping";

const at = (seq: number, sentAt: string, senderId = "anna") => message({ seq, sentAt, senderId });

describe("bubbles", () => {
  test("of one sender within five minutes stand together", () => {
    const thread = [
      at(1, "2026-03-02T10:00:00Z"),
      at(2, "2026-03-02T10:01:00Z"),
      at(3, "2026-03-02T10:02:00Z"),
    ];

    const places = thread.map((_, index) => placeOf(thread, index, null));

    expect(places.map(({ first, last }) => [first, last])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
  });

  test("of another sender, or much later, start anew", () => {
    const thread = [
      at(1, "2026-03-02T10:00:00Z"),
      at(2, "2026-03-02T10:00:05Z", "tom"),
      at(3, "2026-03-02T11:00:00Z", "tom"),
    ];

    expect(thread.map((_, index) => placeOf(thread, index, null).first)).toEqual([true, true, true]);
  });

  test("of another day stand under that day", () => {
    const thread = [
      at(1, "2026-03-01T12:00:00Z"),
      at(2, "2026-03-02T12:00:00Z"),
      at(3, "2026-03-02T12:01:00Z"),
    ];

    expect(thread.map((_, index) => placeOf(thread, index, null).newDay)).toEqual([true, true, false]);
  });

  test("that are unread stand under one line, which ends the run above", () => {
    const thread = [
      at(4, "2026-03-02T10:00:00Z"),
      at(7, "2026-03-02T10:00:10Z"),
      at(9, "2026-03-02T10:00:20Z"),
    ];

    const places = thread.map((_, index) => placeOf(thread, index, 6));

    expect(places.map(({ unreadLine }) => unreadLine)).toEqual([false, true, false]);
    expect(places[0]?.last).toBe(true);
  });
});

test("a row is found by its seq, among gaps and before rows that have none yet", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 500 })),
      fc.integer({ min: 1, max: 500 }),
      (seqs, wanted) => {
        const thread = [...seqs.sort((a, b) => a - b).map((seq) => message({ seq })), message({ seq: null })];

        expect(indexOfSeq(thread, wanted)).toBe(thread.findIndex(({ seq }) => seq === wanted));
      },
    ),
  );
});
