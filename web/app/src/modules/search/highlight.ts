/** [start, end) in Unicode scalar values, as the server counts. */
export interface Range {
  start: number;
  end: number;
}

export interface Segment {
  text: string;
  hit: boolean;
}

/** Shown before the first hit, in scalar values: enough to know where one is. */
const BEFORE = 32;
const LONGEST = 160;

/** The text in pieces, hits apart from the rest. Ranges that lie outside or overlap are cut, never trusted. */
export function segmentsOf(text: string, ranges: readonly Range[]): Segment[] {
  // An array of scalar values: JavaScript's own indices count UTF-16 units, where an emoji is two.
  const scalars = Array.from(text);
  const segments: Segment[] = [];
  let at = 0;
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const start = Math.max(at, Math.min(range.start, scalars.length));
    const end = Math.min(range.end, scalars.length);
    if (end <= start) continue;
    push(segments, scalars.slice(at, start), false);
    push(segments, scalars.slice(start, end), true);
    at = end;
  }
  push(segments, scalars.slice(at), false);
  return segments;
}

/** The part of a long text around its first hit, on one line. */
export function excerptOf(text: string, ranges: readonly Range[]): Segment[] {
  const scalars = Array.from(text);
  const first = ranges.reduce((least, range) => Math.min(least, range.start), scalars.length);
  const from = first === scalars.length || first <= BEFORE ? 0 : wordStart(scalars, first - BEFORE);
  const to = Math.min(scalars.length, from + LONGEST);
  const shifted = ranges.map((range) => ({
    start: Math.max(0, range.start - from),
    end: Math.min(to, range.end) - from,
  }));
  const part = scalars.slice(from, to).map((scalar) => (scalar === "\n" ? " " : scalar));
  const segments = segmentsOf(part.join(""), shifted);
  if (from > 0) segments.unshift({ text: "… ", hit: false });
  if (to < scalars.length) segments.push({ text: " …", hit: false });
  return segments;
}

/** The next beginning of a word, not far from `from`. */
function wordStart(scalars: readonly string[], from: number): number {
  const space = scalars.slice(from, from + BEFORE / 2).findIndex((scalar) => /\s/u.test(scalar));
  return space < 0 ? from : from + space + 1;
}

function push(segments: Segment[], scalars: readonly string[], hit: boolean): void {
  if (scalars.length > 0) segments.push({ text: scalars.join(""), hit });
}
