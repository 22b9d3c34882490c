import { describe, expect, it, vi } from "vitest";
import { MAYA } from "../../../gallery/cast";
import { onScreen } from "../../../gallery/onScreen";
import { moved } from "./EmojiGrid";
import { EmojiPicker } from "./EmojiPicker";
import { keepRecent, recentEmoji } from "./emojiList";
import { QuickReactions } from "./QuickReactions";

describe("the emoji picker", () => {
  it("opens with the recent ones where there are some", async () => {
    keepRecent(MAYA.id, "🏋️");
    const screen = await onScreen(<EmojiPicker onPick={() => {}} onClose={() => {}} />);
    await vi.waitFor(() => screen.button("person lifting weights"));
    expect(screen.button("Recent").getAttribute("aria-pressed")).toBe("true");
  });

  it("is used by the keyboard alone", async () => {
    const onPick = vi.fn();
    const screen = await onScreen(<EmojiPicker onPick={onPick} onClose={() => {}} />);
    await vi.waitFor(() => screen.button("grinning face"));
    expect(document.activeElement).toBe(screen.find("input"));

    await screen.type("input", "fire");
    await screen.key(screen.find("input"), "Enter");

    expect(onPick).toHaveBeenCalledWith("🔥");
    expect(recentEmoji(MAYA.id)[0]).toBe("🔥");
  });

  it("closes by Escape", async () => {
    const onClose = vi.fn();
    const screen = await onScreen(<EmojiPicker onPick={() => {}} onClose={onClose} />);
    await screen.key(screen.find("input"), "Escape");
    expect(onClose).toHaveBeenCalled();
  });

  it("walks by arrows, and stays within its ends", () => {
    expect(moved("ArrowRight", 0, 20)).toBe(1);
    expect(moved("ArrowLeft", 0, 20)).toBe(0);
    expect(moved("ArrowDown", 3, 20)).toBe(11);
    expect(moved("ArrowDown", 15, 20)).toBe(15);
    expect(moved("ArrowUp", 3, 20)).toBe(3);
    expect([moved("Home", 9, 20), moved("End", 9, 20)]).toEqual([0, 19]);
    expect(moved("a", 0, 20)).toBeNull();
  });
});

describe("quick reactions", () => {
  it("take back the spelling that was given", async () => {
    const onToggle = vi.fn();
    const screen = await onScreen(
      <QuickReactions mine={new Set(["❤"])} onToggle={onToggle} onMore={() => {}} />,
    );

    await screen.press("React with ❤️");
    await screen.press("React with 💪");

    expect(onToggle.mock.calls).toEqual([
      ["❤", false],
      ["💪", true],
    ]);
  });
});
