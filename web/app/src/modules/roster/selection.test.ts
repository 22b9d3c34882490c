import type { Me } from "@spotter/chat-client";
import { describe, expect, test } from "vitest";
import { addressOf, peerOf, selectionOf } from "./selection";

const anna = "0198a000-0000-7000-8000-00000000000a";
const tom = "0198a000-0000-7000-8000-00000000000b";
const trainer: Me = { id: tom, role: "Trainer" };
const client: Me = { id: anna, role: "User" };

describe("a deep link", () => {
  test("opens a client's conversation for a trainer", () => {
    expect(selectionOf(trainer, `?client=${anna}`)).toEqual({
      kind: "conversation",
      conversationId: `conversation:${tom}:${anna}`,
      peerId: anna,
    });
  });

  test("opens a trainer's conversation for a client", () => {
    expect(selectionOf(client, `?trainer=${tom}`)).toMatchObject({
      conversationId: `conversation:${tom}:${anna}`,
    });
  });

  test("is read whatever the case of the id", () => {
    expect(selectionOf(trainer, `?client=${anna.toUpperCase()}`)).toMatchObject({ peerId: anna });
  });

  test.each(["?client=me", "?client=..%2f..", `?client=${anna}x`, `?client=${tom}`, "?client=%3Cscript%3E"])(
    "to nobody's id is not available: %s",
    (search) => {
      expect(selectionOf(trainer, search)).toEqual({ kind: "unavailable" });
    },
  );

  test.each(["", "?", "?client=", `?trainer=${tom}`])(
    "that names no client selects nothing: %j",
    (search) => {
      expect(selectionOf(trainer, search)).toEqual({ kind: "none" });
    },
  );

  test("and the address of a conversation lead to the same", () => {
    const [, search = ""] = addressOf(trainer, anna).split("?");

    expect(selectionOf(trainer, `?${search}`)).toMatchObject({ peerId: anna });
  });
});

test("the other person is found from either side, a stranger's conversation has none", () => {
  const id = `conversation:${tom}:${anna}`;

  expect([peerOf(trainer, id), peerOf(client, id), peerOf({ id: "x", role: "User" }, id)]).toEqual([
    anna,
    tom,
    null,
  ]);
});
