import { expect, test } from "vitest";
import { keepDraft, readDraft } from "./drafts";

const of = (meId: string, conversationId: string) => ({ meId, conversationId });

test("each conversation keeps its own draft", () => {
  keepDraft(of("tom", "a"), "half a sen");
  keepDraft(of("tom", "b"), "tence");

  expect(["a", "b", "c"].map((id) => readDraft(of("tom", id)))).toEqual(["half a sen", "tence", ""]);
});

test("the other person of a conversation, in the same browser, does not see the draft", () => {
  keepDraft(of("tom", "conversation:tom:anna"), "what I think of Anna");

  expect(readDraft(of("anna", "conversation:tom:anna"))).toBe("");
});
