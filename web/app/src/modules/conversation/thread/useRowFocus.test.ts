import { expect, test } from "vitest";
import { moved } from "./useRowFocus";

test("arrows walk from message to message and stop at the ends", () => {
  expect([moved("ArrowUp", 3, 5), moved("ArrowDown", 3, 5)]).toEqual([2, 4]);
  expect([moved("ArrowUp", 0, 5), moved("ArrowDown", 4, 5)]).toEqual([null, null]);
});

test("Home and End lead to the first and the last, other keys nowhere", () => {
  expect([moved("Home", 3, 5), moved("End", 3, 5), moved("a", 3, 5), moved("Home", 0, 5)]).toEqual([
    0,
    4,
    null,
    null,
  ]);
});
