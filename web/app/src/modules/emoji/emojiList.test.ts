import { describe, expect, it } from "vitest";
import { findEmoji, keepRecent, loadEmoji, QUICK, recentEmoji, sameEmoji } from "./emojiList";

describe("the list of emoji", () => {
  it("is searched by name and by words, in the reader's language", async () => {
    const english = await loadEmoji("en");
    const german = await loadEmoji("de");
    expect(findEmoji(english, "flexed")[0]?.[0]).toBe("💪");
    expect(findEmoji(english, "gym").map(([emoji]) => emoji)).toContain("🏋️");
    expect(findEmoji(german, "mude").map(([emoji]) => emoji)).toContain("😫");
    expect(findEmoji(english, "no such thing")).toEqual([]);
    expect(findEmoji(english, "  ")).toEqual([]);
  });

  it("needs every word, and puts names that begin so first", async () => {
    const english = await loadEmoji("en");
    expect(findEmoji(english, "red heart")[0]?.[0]).toBe("❤️");
    expect(findEmoji(english, "fire")[0]?.[0]).toBe("🔥");
  });

  it("holds every quick one", async () => {
    const all = (await loadEmoji("en")).flatMap((group) => group.emoji.map(([emoji]) => emoji));
    for (const quick of QUICK) expect(all.some((it) => sameEmoji(it, quick))).toBe(true);
  });
});

describe("recent emoji", () => {
  it("come back most recent first, each once", () => {
    for (const emoji of ["💪", "❤️", "💪", "❤"]) keepRecent("anna", emoji);
    expect(recentEmoji("anna")).toEqual(["❤", "💪"]);
    expect(recentEmoji("tom")).toEqual([]);
  });

  it("survive what somebody else wrote into the storage", () => {
    localStorage.setItem("spotter.emoji.anna", "{no json");
    expect(recentEmoji("anna")).toEqual([]);
    localStorage.setItem("spotter.emoji.anna", '{"a":1}');
    expect(recentEmoji("anna")).toEqual([]);
  });
});
