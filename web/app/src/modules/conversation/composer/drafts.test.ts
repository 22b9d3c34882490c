import { expect, test } from "vitest";
import { keepDraft, readDraft } from "./drafts";

test("each conversation keeps its own draft", () => {
  keepDraft("a", "half a sen");
  keepDraft("b", "tence");

  expect([readDraft("a"), readDraft("b"), readDraft("c")]).toEqual(["half a sen", "tence", ""]);
});
