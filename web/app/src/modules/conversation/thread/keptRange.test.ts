import { expect, test } from "vitest";
import { keptRange } from "./keptRange";

const range = { startIndex: 10, endIndex: 12, overscan: 1, count: 100 };

test("the rows in view are rendered, with some around them", () => {
  expect(keptRange(range, null)).toEqual([9, 10, 11, 12, 13]);
});

test("the row with the focus stays on the page when it scrolls out of view", () => {
  expect(keptRange(range, 50)).toEqual([9, 10, 11, 12, 13, 50]);
  expect(keptRange(range, 2)).toEqual([2, 9, 10, 11, 12, 13]);
  expect(keptRange(range, 11)).toEqual([9, 10, 11, 12, 13]);
});

test("a row that is gone is not rendered", () => {
  expect(keptRange(range, 100)).toEqual([9, 10, 11, 12, 13]);
});
