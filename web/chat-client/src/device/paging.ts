// Pages of history that are not the newest. Fetched when somebody first asks for one.
import { gaveUp, type Page, type Replica, shown } from "./replica.ts";
import { type Numbered, take, type Window } from "./window.ts";

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

/** Two lists that touch or overlap as one; of the same row the higher position counts. */
function join<R extends Numbered>(left: readonly R[], right: readonly R[]): R[] {
  const joined: R[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const a = left[l];
    const b = right[r];
    if (a && b && a.seq === b.seq) {
      joined.push(b.position > a.position ? b : a);
      l++;
      r++;
    } else if (a && (!b || a.seq < b.seq)) {
      joined.push(a);
      l++;
    } else if (b) {
      joined.push(b);
      r++;
    }
  }
  return joined;
}
