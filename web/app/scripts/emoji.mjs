// Prints the picker's lists (`src/modules/emoji/list.*.json`) from emojibase-data. Run: npm run emoji -w @spotter/app
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const LOCALES = ["en", "de"];
// Pictures of older lists are on every device that is still looked after.
const NEWEST = 14;
// Skin tones and hair are components; flags are 258 pictures that nobody reacts with.
const GROUPS = {
  0: "smileys",
  1: "people",
  3: "nature",
  4: "food",
  5: "travel",
  6: "activities",
  7: "objects",
  8: "symbols",
};
const TAGS = 8;
// What trainers and clients look for and Unicode's words leave out.
const OURS = {
  en: {
    "🏋️": "gym workout training deadlift squat",
    "💪": "gym workout gains",
    "🏃": "cardio run",
    "🥇": "record pr",
    "🦵": "legs",
    "🥤": "shake protein",
  },
  de: {
    "🏋️": "gym workout training kreuzheben kniebeuge",
    "💪": "gym workout muskeln",
    "🏃": "cardio laufen",
    "🥇": "rekord",
    "🦵": "beine",
    "🥤": "shake protein",
  },
};

for (const locale of LOCALES) {
  const all = JSON.parse(readFileSync(require.resolve(`emojibase-data/${locale}/data.json`), "utf8"));
  const groups = Object.entries(GROUPS).map(([number, id]) => ({
    id,
    emoji: all
      .filter((it) => it.group === Number(number) && it.version <= NEWEST && it.order !== undefined)
      .sort((a, b) => a.order - b.order)
      .map((it) => [
        it.emoji,
        it.label,
        [...(it.tags ?? []).slice(0, TAGS), OURS[locale][it.emoji] ?? []].flat().join(" "),
      ]),
  }));
  const lines = groups.map(
    ({ id, emoji }) => `{"id":"${id}","emoji":[\n${emoji.map((it) => JSON.stringify(it)).join(",\n")}\n]}`,
  );
  writeFileSync(
    new URL(`../src/modules/emoji/list.${locale}.json`, import.meta.url),
    `[\n${lines.join(",\n")}\n]\n`,
  );
}
