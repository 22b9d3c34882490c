import { expect, test } from "vitest";
import { lastState } from "./lastState";

test("an own last message is sent, delivered, then read, by the other person's marks", () => {
  const marks = { peerDeliveredSeq: 6, peerReadSeq: 4 };

  expect([7, 6, 5, 4].map((seq) => lastState(marks, seq))).toEqual([
    "sent",
    "delivered",
    "delivered",
    "read",
  ]);
});
