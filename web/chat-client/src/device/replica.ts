// A device's copy of one conversation and the rules it lives by (see "Numbers" in docs/protocol.md). Pure.
import { type Numbered, repaint, rowAt, take, type Window } from "./window.ts";

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
