import { persistently } from "../../ui/lazyPart";

/** One emoji: itself, its name, and words it is found by. */
export type Emoji = readonly [emoji: string, label: string, tags: string];

export interface EmojiGroup {
  id: string;
  emoji: readonly Emoji[];
}

/** What a trainer and a client say most; also the quick reactions. */
export const QUICK: readonly string[] = ["👍", "❤️", "💪", "🔥", "👏", "😂"];

const HITS = 96;
const RECENT = 24;
const KEY = "spotter.emoji.";

/** Loads the list in the reader's language; each language is a chunk of its own. */
export async function loadEmoji(locale: string): Promise<readonly EmojiGroup[]> {
  const list = await persistently(() =>
    locale === "de" ? import("./list.de.json") : import("./list.en.json"),
  );
  return list.default as unknown as readonly EmojiGroup[];
}

/** The emoji that every word asked for fits: by name first, then by the words they are known by. */
export function findEmoji(groups: readonly EmojiGroup[], query: string): readonly Emoji[] {
  const words = folded(query).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [];
  const ranked: Emoji[][] = [[], [], []];
  for (const emoji of groups.flatMap((group) => group.emoji)) ranked[rankOf(emoji, words)]?.push(emoji);
  return ranked.flat().slice(0, HITS);
}

/** 0: it is its name, 1: its name begins so, 2: it is found by another word, 3: it does not fit. */
function rankOf([, label, tags]: Emoji, words: readonly string[]): number {
  const name = folded(label);
  if (name === words.join(" ")) return 0;
  const known = [...name.split(/[\s-]+/u), ...folded(tags).split(" ")];
  if (!words.every((word) => known.some((it) => it.startsWith(word)))) return 3;
  return name.startsWith(words[0] ?? "") ? 1 : 2;
}

/** Variation selectors are only a wish for the coloured picture: the same emoji with and without. */
export function sameEmoji(a: string, b: string): boolean {
  return bare(a) === bare(b);
}

/** What this person used last, most recent first. */
export function recentEmoji(personId: string): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY + personId) ?? "[]");
    return Array.isArray(kept) ? kept.filter((it) => typeof it === "string") : [];
  } catch {
    return [];
  }
}

export function keepRecent(personId: string, emoji: string): void {
  const recent = [emoji, ...recentEmoji(personId).filter((it) => !sameEmoji(it, emoji))].slice(0, RECENT);
  try {
    localStorage.setItem(KEY + personId, JSON.stringify(recent));
  } catch {
    // Without storage the picker opens with the quick ones.
  }
}

function bare(emoji: string): string {
  return emoji.replaceAll("\u{fe0f}", "");
}

/** Without case and accents: "müde" is found by "mude" too. */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
