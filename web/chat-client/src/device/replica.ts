// A device's copy of one conversation and the rules it lives by (see "Numbers" in docs/protocol.md). Pure.
import { join, type Numbered, repaint, rowAt, take, type Window } from "./window.ts";

export interface Replica<R extends Numbered> {
  /** Everything up to here is in the copy, as far as its windows reach. */
  readonly position: number;
  /** Told to drop the copy: nothing moves it but the newest page of history. */
  readonly stale: boolean;
  /** The newest part of the thread, kept up to date. */
  readonly tail: Window<R>;
  /** Another part that somebody jumped to; shown instead of the tail until left. */
  readonly detour: Window<R> | null;
  /**
   * Rows that changed outside of the windows while a page is being loaded: the page may have been read
   * before they changed. Null while no page is awaited.
   */
  readonly outside: ReadonlyMap<number, R> | null;
}

/** A page of history, read in one snapshot of `position`. */
export interface Page<R> {
  rows: readonly R[];
  position: number;
  hasOlder: boolean;
  hasNewer: boolean;
}

export interface Sync<R> {
  from: number;
  to: number;
  rows: readonly R[];
  reset: boolean;
}

export type Outcome = "applied" | "known" | "hole" | "reset";

export interface Result<R extends Numbered> {
  replica: Replica<R>;
  outcome: Outcome;
}

export function opened<R extends Numbered>(page: Page<R>): Replica<R> {
  const tail = { rows: page.rows, hasOlder: page.hasOlder, hasNewer: false };
  return { position: page.position, stale: false, tail, detour: null, outside: null };
}

/** A live change: the next one is taken, a hole is left for `sync` to fill. */
export function received<R extends Numbered>(replica: Replica<R>, position: number, row: R): Result<R> {
  if (replica.stale || position <= replica.position) return { replica, outcome: "known" };
  if (position > replica.position + 1) return { replica, outcome: "hole" };
  return { replica: { ...changed(replica, [row]), position }, outcome: "applied" };
}

export function synced<R extends Numbered>(replica: Replica<R>, sync: Sync<R>): Result<R> {
  if (replica.stale) return { replica, outcome: "known" };
  if (sync.reset) return { replica: { ...replica, stale: true }, outcome: "reset" };
  if (sync.from > replica.position) return { replica, outcome: "hole" };
  if (sync.to <= replica.position) return { replica, outcome: "known" };
  return { replica: { ...changed(replica, sync.rows), position: sync.to }, outcome: "applied" };
}

export function shown<R extends Numbered>(replica: Replica<R>): Window<R> {
  return replica.detour ?? replica.tail;
}

export function find<R extends Numbered>(replica: Replica<R>, seq: number): R | undefined {
  return rowAt(replica.tail.rows, seq) ?? (replica.detour ? rowAt(replica.detour.rows, seq) : undefined);
}

/** From here on changes outside of the windows are remembered, until the page came or failed. */
export function awaiting<R extends Numbered>(replica: Replica<R>): Replica<R> {
  return replica.outside ? replica : { ...replica, outside: new Map() };
}

export function gaveUp<R extends Numbered>(replica: Replica<R>): Replica<R> {
  return { ...replica, outside: null };
}

/** `page` was asked for as what comes before `anchor`; a window that moved meanwhile takes nothing. */
export function older<R extends Numbered>(replica: Replica<R>, anchor: number, page: Page<R>): Replica<R> {
  const window = shown(replica);
  if (replica.stale || window.rows[0]?.seq !== anchor) return gaveUp(replica);
  const rows = join(fresh(replica, page, false), window.rows);
  const grown = { ...window, rows, hasOlder: page.hasOlder };
  return { ...replica, [replica.detour ? "detour" : "tail"]: grown, outside: null };
}

/** `page` was asked for as what comes after `anchor`. Where the detour reaches the tail they become one. */
export function newer<R extends Numbered>(replica: Replica<R>, anchor: number, page: Page<R>): Replica<R> {
  const { detour } = replica;
  if (replica.stale || !detour || detour.rows.at(-1)?.seq !== anchor) return gaveUp(replica);
  const rows = join(detour.rows, fresh(replica, page, !page.hasNewer));
  return show(replica, { ...detour, rows, hasNewer: page.hasNewer });
}

/** Shows the part around a message. */
export function around<R extends Numbered>(replica: Replica<R>, page: Page<R>): Replica<R> {
  if (replica.stale) return gaveUp(replica);
  const rows = fresh(replica, page, !page.hasNewer);
  return show(replica, { rows, hasOlder: page.hasOlder, hasNewer: page.hasNewer });
}

export function left<R extends Numbered>(replica: Replica<R>): Replica<R> {
  return replica.detour ? { ...replica, detour: null } : replica;
}

export function repainted<R extends Numbered>(
  replica: Replica<R>,
  fromSeq: number,
  toSeq: number,
  paint: (row: R) => R,
): Replica<R> {
  const tail = repaint(replica.tail, fromSeq, toSeq, paint);
  const detour = replica.detour && repaint(replica.detour, fromSeq, toSeq, paint);
  return tail === replica.tail && detour === replica.detour ? replica : { ...replica, tail, detour };
}

function changed<R extends Numbered>(replica: Replica<R>, rows: readonly R[]): Replica<R> {
  const tail = take(replica.tail, rows);
  const detour = replica.detour && take(replica.detour, rows);
  const missed = detour ? [...tail.outside, ...detour.outside] : tail.outside;
  const outside = replica.outside && new Map(replica.outside);
  for (const row of missed) {
    if (outside && (outside.get(row.seq)?.position ?? -1) < row.position) outside.set(row.seq, row);
  }
  return { ...replica, tail: tail.window, detour: detour?.window ?? null, outside };
}

/** A page's rows with what changed since it was read; with what was appended, if it reaches the end. */
function fresh<R extends Numbered>(replica: Replica<R>, page: Page<R>, toTheEnd: boolean): readonly R[] {
  const missed = [...(replica.outside?.values() ?? [])];
  const last = page.rows.at(-1)?.seq ?? 0;
  const window = { rows: page.rows, hasOlder: true, hasNewer: !toTheEnd };
  const later = toTheEnd ? missed.sort((a, b) => a.seq - b.seq) : missed.filter(({ seq }) => seq <= last);
  return take(window, later).window.rows;
}

/** A window that reaches the tail becomes one with it; another is a detour. */
function show<R extends Numbered>(replica: Replica<R>, window: Window<R>): Replica<R> {
  const reaches = (window.rows.at(-1)?.seq ?? 0) >= (replica.tail.rows[0]?.seq ?? Number.POSITIVE_INFINITY);
  if (!reaches && window.hasNewer) return { ...replica, detour: window, outside: null };
  const rows = join(window.rows, replica.tail.rows);
  const hasOlder =
    (window.rows[0]?.seq ?? 0) <= (replica.tail.rows[0]?.seq ?? 0) ? window.hasOlder : replica.tail.hasOlder;
  return { ...replica, tail: { rows, hasOlder, hasNewer: false }, detour: null, outside: null };
}
