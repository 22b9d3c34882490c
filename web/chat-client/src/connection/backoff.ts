/** Full jitter: anywhere between the least and twice as much for each failure before, up to the most. */
export function backoffMs(
  failures: number,
  { minMs, maxMs }: { minMs: number; maxMs: number },
  random: number,
): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(failures + 1, 20));
  return Math.round(minMs + random * Math.max(0, ceiling - minMs));
}
