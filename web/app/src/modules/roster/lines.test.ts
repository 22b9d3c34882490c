import type { Contact, ConversationLine, Me } from "@spotter/chat-client";
import { describe, expect, test } from "vitest";
import { linesOf, matches } from "./lines";

const me: Me = { id: "tom", role: "Trainer" };
const contact = (userID: string, name: string): Contact => ({
  userID,
  name,
  email: `${userID}@example.com`,
  role: "User",
});
const conversation = (peerId: string): ConversationLine => ({
  conversationId: `conversation:tom:${peerId}`,
  peerId,
  position: 1,
  lastMessage: null,
  unread: 0,
  readSeq: 0,
  deliveredSeq: 0,
  peerReadSeq: 0,
  peerDeliveredSeq: 0,
  canSend: true,
  typing: false,
});

describe("the list", () => {
  test("shows conversations as they moved, then silent contacts by name", () => {
    const lines = linesOf({
      me,
      contacts: [contact("z", "Zoe"), contact("a", "Anna"), contact("b", "Ben")],
      conversations: [conversation("b"), conversation("stranger")],
      people: new Map([["stranger", { name: "Sam" }]]),
      search: "",
    });

    expect(lines.map(({ name }) => name)).toEqual(["Ben", "Sam", "Anna", "Zoe"]);
    expect(lines[2]?.conversationId).toBe("conversation:tom:a");
  });

  test("keeps what the search matches by name or on the server", () => {
    const lines = linesOf({
      me,
      // The server also finds addresses, so the name alone does not decide about its answer.
      contacts: [contact("b", "Ben")],
      conversations: [conversation("b"), conversation("jose"), conversation("other")],
      people: new Map([
        ["jose", { name: "José" }],
        ["other", { name: "Olga" }],
      ]),
      search: "jose",
    });

    expect(lines.map(({ name }) => name)).toEqual(["Ben", "José"]);
  });
});

test("a name matches whatever its case and accents", () => {
  expect(matches("Zoë Müller", "zoe mü")).toBe(true);
  expect(matches("Zoë", "x")).toBe(false);
  expect(matches(null, "x")).toBe(false);
  expect(matches(null, "")).toBe(true);
});
