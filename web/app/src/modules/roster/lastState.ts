import type { ConversationEntry } from "@spotter/chat-client";

/** How far an own last message has come, by the other person's marks. */
export function lastState(
  { peerReadSeq, peerDeliveredSeq }: Pick<ConversationEntry, "peerReadSeq" | "peerDeliveredSeq">,
  seq: number,
): "sent" | "delivered" | "read" {
  if (seq <= peerReadSeq) return "read";
  return seq <= peerDeliveredSeq ? "delivered" : "sent";
}
