import { expect, test } from "vitest";
import { isEmojiOnly } from "./emojiOnly";

test.each(["💪", "👍🏽", "👩‍👩‍👧‍👦", "🇩🇪 🇫🇷", "❤️", "1️⃣", " 🔥\n🔥 ", "🏋️‍♀️"])("%s is shown large", (text) => {
  expect(isEmojiOnly(text)).toBe(true);
});

test.each(["", " ", "ok 👍", "12", "#", "©", "🔥🔥🔥🔥🔥🔥🔥", "👍a"])("%j is ordinary text", (text) => {
  expect(isEmojiOnly(text)).toBe(false);
});
