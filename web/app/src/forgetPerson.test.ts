import { expect, test } from "vitest";
import { forgetPerson } from "./forgetPerson";
import { keepDraft, readDraft } from "./modules/conversation/composer/drafts";

test("sign-out wipes the person's drafts and habits, not the device's theme nor what others keep", () => {
  const [tom, anna] = ["tom", "anna"].map((meId) => ({ meId, conversationId: "conversation:tom:anna" }));
  if (!tom || !anna) throw new Error("two people are needed");
  keepDraft(tom, "half a sen");
  keepDraft(anna, "tence");
  localStorage.setItem("spotter.emoji", "💪");
  localStorage.setItem("spotter.theme", "dark");
  localStorage.setItem("other.app", "kept");

  forgetPerson("anna");

  expect([readDraft(tom), readDraft(anna)]).toEqual(["half a sen", ""]);
  expect(["spotter.emoji", "spotter.theme", "other.app"].map((key) => localStorage.getItem(key))).toEqual([
    null,
    "dark",
    "kept",
  ]);
});
