import { expect, test } from "vitest";
import { forgetPerson } from "./forgetPerson";
import { keepDraft, readDraft } from "./modules/conversation/composer/drafts";

test("sign-out wipes the person's drafts and habits, not the device's theme and what others keep", () => {
  keepDraft("a", "half a sen");
  localStorage.setItem("spotter.emoji", "💪");
  localStorage.setItem("spotter.theme", "dark");
  localStorage.setItem("other.app", "kept");

  forgetPerson();

  expect(readDraft("a")).toBe("");
  expect({ ...localStorage }).toEqual({ "spotter.theme": "dark", "other.app": "kept" });
});
