import { expect, test } from "vitest";
import { calmText, scalarCount, sendableText } from "./calmText";

test("a thousand combining marks are capped", () => {
  expect(calmText(`a${"\u0301".repeat(1000)}b`)).toBe(`a${"\u0301".repeat(6)}b`);
});

test("languages that stack marks stay as they are", () => {
  const texts = ["Tiếng Việt", "שָׁלוֹם", "กี่น้ำ", "नमस्ते", "Z\u0351\u036b\u0343"];

  expect(texts.map(calmText)).toEqual(texts);
});

test("an endless chain of joined emoji is taken apart, a family is not", () => {
  expect(calmText("👩‍👩‍👧‍👦")).toBe("👩‍👩‍👧‍👦");
  expect(calmText(Array(300).fill("👩").join("\u200d"))).toBe("👩".repeat(300));
});

test("what the server would refuse is not sent", () => {
  expect(sendableText("  a\r\nb\u0000\u0007\tc\ud800 ")).toBe("a\nb\tc\ufffd");
});

test("a text is as long as the server counts it", () => {
  expect(scalarCount("a👍🏽é")).toBe(4);
});
