import type { ChatMessage } from "@spotter/chat-client";
import type { Pair } from "./rows";
import { rows } from "./rows";
import { plain } from "./talk";

const COUNT = 50_000;

/** A thread that grew for years. */
export function fiftyThousand(pair: Pair): readonly ChatMessage[] {
  return rows(pair, plain(COUNT));
}
