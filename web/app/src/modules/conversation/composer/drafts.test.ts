import { expect, test } from "vitest";
import { keepDraft, readDraft, wipeDrafts } from "./drafts";

test("each conversation keeps its own draft", () => {
  keepDraft("a", "half a sen");
  keepDraft("b", "tence");

  expect([readDraft("a"), readDraft("b"), readDraft("c")]).toEqual(["half a sen", "tence", ""]);
});

test("sign-out wipes the drafts and nothing else", () => {
  keepDraft("a", "half a sen");
  localStorage.setItem("spotter.theme", "dark");

  wipeDrafts();

  expect([readDraft("a"), localStorage.getItem("spotter.theme")]).toEqual(["", "dark"]);
});
