import { expect, test } from "vitest";
import { message } from "./fixtures";
import { arrivedAfter } from "./useNewCount";

test("counts what the other person wrote below the reader's place", () => {
  const thread = [
    message({ seq: 4 }),
    message({ seq: 6 }),
    message({ seq: 7, own: true }),
    message({ seq: 8, deletedAt: "2026-03-02T10:00:00Z" }),
    message({ seq: 9 }),
    message({ seq: null, own: true }),
  ];

  expect([4, 6, 9].map((seq) => arrivedAfter(thread, seq))).toEqual([2, 1, 0]);
});
