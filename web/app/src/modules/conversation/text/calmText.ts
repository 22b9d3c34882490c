// No script stacks more marks on a letter than this; a "zalgo" text stacks a thousand and paints over its neighbours.
const STACKED_MARKS = /(\p{M}{6})\p{M}+/gu;
// One enormous grapheme: emoji glued together by zero-width joiners cannot be broken over lines.
const GLUED = /(?:[^\s\u200d]{1,8}\u200d){10,}/gu;

/** What is shown of a text: the same words, with stacked marks capped and endless emoji taken apart. */
export function calmText(text: string): string {
  return text.replace(STACKED_MARKS, "$1").replace(GLUED, (run) => run.replaceAll("\u200d", ""));
}

/** What is sent of what was typed: no control characters that the server would refuse, no surrounding space. */
export function sendableText(typed: string): string {
  return typed
    .replace(/\r\n?/g, "\n")
    .replace(/\p{Cc}/gu, (char) => (char === "\n" || char === "\t" ? char : ""))
    .toWellFormed()
    .trim();
}

/** The length the server counts: Unicode scalar values. */
export function scalarCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
