import { expect, test } from "vitest";
import { intentOf } from "./keys";

const key = (name: string, held: Partial<Parameters<typeof intentOf>[0]> = {}) => ({
  key: name,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  isComposing: false,
  keyCode: 0,
  ...held,
});

test("Enter sends", () => {
  expect(intentOf(key("Enter"), false)).toBe("send");
  expect(intentOf(key("Enter", { ctrlKey: true }), false)).toBe("send");
});

test("Shift+Enter breaks the line", () => {
  expect(intentOf(key("Enter", { shiftKey: true }), false)).toBeNull();
});

test("Enter that confirms a composition does not send, in Safari neither", () => {
  expect(intentOf(key("Enter", { isComposing: true }), false)).toBeNull();
  expect(intentOf(key("Enter", { keyCode: 229 }), false)).toBeNull();
});

test("Escape leaves a reply or an edit", () => {
  expect(intentOf(key("Escape"), false)).toBe("cancel");
});

test("the up arrow edits the last message only from an empty field", () => {
  expect(intentOf(key("ArrowUp"), true)).toBe("editLast");
  expect(intentOf(key("ArrowUp"), false)).toBeNull();
  expect(intentOf(key("ArrowUp", { shiftKey: true }), true)).toBeNull();
});
