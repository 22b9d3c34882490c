import type { ChatMessage } from "@spotter/chat-client";

const TOGETHER_MS = 5 * 60_000;

/** How a row stands among its neighbours. */
export interface Place {
  /** A day begins here. */
  newDay: boolean;
  /** The line "New messages" stands above. */
  unreadLine: boolean;
  /** First and last bubble of one sender's run. */
  first: boolean;
  last: boolean;
}

/**
 * Answers the place of one row from its two neighbours alone, so that a thread of any length costs
 * only what is visible.
 */
export function placeOf(
  messages: readonly ChatMessage[],
  index: number,
  unreadFromSeq: number | null,
): Place {
  const [before, here, after] = [messages[index - 1], messages[index], messages[index + 1]];
  if (!here) return { newDay: false, unreadLine: false, first: true, last: true };
  const newDay = !before || !sameDay(before, here);
  const unreadLine = startsUnread(here, before, unreadFromSeq);
  const nextStartsAnew = !after || !together(here, after) || startsUnread(after, here, unreadFromSeq);
  return {
    newDay,
    unreadLine,
    first: newDay || unreadLine || !before || !together(before, here),
    last: nextStartsAnew,
  };
}

function startsUnread(here: ChatMessage, before: ChatMessage | undefined, from: number | null): boolean {
  if (from === null || here.seq === null || here.seq < from) return false;
  return !before || (before.seq !== null && before.seq < from);
}

function together(a: ChatMessage, b: ChatMessage): boolean {
  return (
    a.senderId === b.senderId && sameDay(a, b) && Date.parse(b.sentAt) - Date.parse(a.sentAt) < TOGETHER_MS
  );
}

/** In the reader's own time zone. */
function sameDay(a: ChatMessage, b: ChatMessage): boolean {
  return new Date(a.sentAt).toDateString() === new Date(b.sentAt).toDateString();
}

/** The index of the row with a `seq`; -1 when it is not loaded. */
export function indexOfSeq(messages: readonly ChatMessage[], seq: number): number {
  const index = indexFromSeq(messages, seq);
  return messages[index]?.seq === seq ? index : -1;
}

/** The index of the first row at or after a `seq`. Unacknowledged rows are last and have none yet. */
export function indexFromSeq(messages: readonly ChatMessage[], seq: number): number {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.seq ?? Number.POSITIVE_INFINITY) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
