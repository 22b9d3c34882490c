import { defaultRangeExtractor, type Range } from "@tanstack/react-virtual";

/** The rows to render: those in view, and the one with the focus, which must not be taken off the page. */
export function keptRange(range: Range, keptIndex: number | null): number[] {
  const indexes = defaultRangeExtractor(range);
  if (keptIndex === null || keptIndex >= range.count || indexes.includes(keptIndex)) return indexes;
  return [...indexes, keptIndex].sort((a, b) => a - b);
}
