/** What the rules of the log need to know of a row. */
export interface Numbered {
  seq: number;
  position: number;
}

/** A part of a thread: ascending `seq`, without a gap between its first and its last row. */
export interface Window<R extends Numbered> {
  readonly rows: readonly R[];
  readonly hasOlder: boolean;
  /** False: the last row is the newest of the thread, and new ones are appended. */
  readonly hasNewer: boolean;
}

/** Where `seq` is, or would be. */
export function placeOf(rows: readonly Numbered[], seq: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function rowAt<R extends Numbered>(rows: readonly R[], seq: number): R | undefined {
  const row = rows[placeOf(rows, seq)];
  return row?.seq === seq ? row : undefined;
}

/**
 * Takes changed rows in, copying the list at most once. A row never replaces one of a higher position;
 * what lies outside of the window is answered as `outside`.
 */
export function take<R extends Numbered>(
  window: Window<R>,
  changed: readonly R[],
): { window: Window<R>; outside: R[] } {
  let rows: R[] | null = null;
  const outside: R[] = [];
  for (const row of changed) {
    const current: readonly R[] = rows ?? window.rows;
    const place = placeOf(current, row.seq);
    const there = current[place];
    if (there?.seq === row.seq) {
      if (row.position <= there.position) continue;
      rows ??= [...window.rows];
      rows[place] = row;
      continue;
    }
    // A page comes in order of position: a row that was edited since follows rows sent after it.
    const before = place > 0 || !window.hasOlder;
    const after = place < current.length || !window.hasNewer;
    if (!before || !after) {
      outside.push(row);
      continue;
    }
    rows ??= [...window.rows];
    rows.splice(place, 0, row);
  }
  return { window: rows ? { ...window, rows } : window, outside };
}

/** Replaces rows without a change of content: fresh links, other ticks. Untouched rows stay the same object. */
export function repaint<R extends Numbered>(
  window: Window<R>,
  fromSeq: number,
  toSeq: number,
  paint: (row: R) => R,
): Window<R> {
  const end = placeOf(window.rows, toSeq + 1);
  let rows: R[] | null = null;
  for (let place = placeOf(window.rows, fromSeq); place < end; place++) {
    const row = (rows ?? window.rows)[place];
    if (!row) continue;
    const painted = paint(row);
    if (painted === row) continue;
    rows ??= [...window.rows];
    rows[place] = painted;
  }
  return rows ? { ...window, rows } : window;
}
