import type { ChatMessage } from "@spotter/chat-client";
import { useRef } from "react";

/** How many messages of the other person arrived below the reader's place. */
export function useNewCount(messages: readonly ChatMessage[], atEnd: boolean): number {
  const seenSeq = useRef<number | null>(null);
  const newest = newestSeq(messages);
  if (atEnd || seenSeq.current === null) seenSeq.current = newest;
  return atEnd ? 0 : arrivedAfter(messages, seenSeq.current ?? 0);
}

function newestSeq(messages: readonly ChatMessage[]): number | null {
  return messages.findLast(({ seq }) => seq !== null)?.seq ?? null;
}

/** Walks back from the end, so that it costs what arrived and not the whole thread. */
export function arrivedAfter(messages: readonly ChatMessage[], seq: number): number {
  let count = 0;
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (!message || (message.seq !== null && message.seq <= seq)) break;
    if (!message.own && !message.deletedAt) count += 1;
  }
  return count;
}
