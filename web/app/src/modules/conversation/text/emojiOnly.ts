const MOST = 6;
const PICTURE = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[#*0-9]\ufe0f?\u20e3)/u;
// What is drawn in colour by itself or because a variation selector asks for it: "©" and "™" are text.
const COLOURED = /\p{Emoji_Presentation}|\ufe0f|\u20e3/u;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Whether a message is one to six emoji and nothing else, and so is shown large. */
export function isEmojiOnly(text: string): boolean {
  const trimmed = text.trim();
  // The longest emoji (a family with skin tones) has about 30 units; anything longer is not looked at.
  // Nor is anything with a letter in it, which is nearly everything, and quickly seen.
  if (trimmed === "" || trimmed.length > MOST * 32 || /\p{L}/u.test(trimmed)) return false;
  let count = 0;
  for (const { segment } of graphemes.segment(trimmed)) {
    if (/^\s+$/.test(segment)) continue;
    if (!PICTURE.test(segment) || !COLOURED.test(segment)) return false;
    count += 1;
    if (count > MOST) return false;
  }
  return true;
}
