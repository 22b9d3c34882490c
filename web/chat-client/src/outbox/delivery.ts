// How an item becomes a frame or a call, and what an answer means for it. Pure.
import type { Ack, ClientFrame, ErrorCode, SendBody } from "../protocol.ts";
import type { Acked, Item, SendItem } from "./item.ts";

/** What became of one attempt. */
export type Outcome =
  | { kind: "acked"; ack: Acked }
  /** The same again, after a while. */
  | { kind: "again"; afterMs: number }
  | { kind: "refused"; code: ErrorCode }
  /** The way was lost; the item stays for the next. */
  | { kind: "lost" };

export function sendBody(item: SendItem): SendBody {
  const { conversationId, id } = item;
  const hex = id.replaceAll("-", "");
  // Spotter's trace points to this one, whose id is the message's: who knows one finds the other.
  const body: SendBody = { conversationId, id, traceparent: `00-${hex}-${hex.slice(16)}-00` };
  if (item.text !== undefined) body.text = item.text;
  if (item.attachments?.length) body.attachments = item.attachments.map(({ id }) => id);
  if (item.replyTo !== undefined) body.replyTo = item.replyTo;
  return body;
}

export function frameOf(item: Item, ref: number): ClientFrame {
  const { conversationId } = item;
  switch (item.kind) {
    case "send":
      return { type: "send", ref, ...sendBody(item) };
    case "edit":
      return { type: "edit", ref, conversationId, seq: item.seq, text: item.text };
    case "delete":
      return { type: "delete", ref, conversationId, seq: item.seq };
    case "react":
      return { type: "react", ref, conversationId, seq: item.seq, emoji: item.emoji, on: item.on };
  }
}

export function ackedBy(ack: Ack): Outcome {
  const { position = 0, seq = null, sentAt = null } = ack;
  return { kind: "acked", ack: { position, seq, sentAt } };
}

const RETRY = { minMs: 500, maxMs: 10_000 };

/** A refusal that may pass is tried again, later each time; the others are for the person to decide. */
export function refusedBy(
  refusal: { code: ErrorCode; retryable: boolean; retryAfterMs?: number | null | undefined },
  attempts: number,
  random: number,
): Outcome {
  // A token that ran out is renewed by the connection, not by giving the message up.
  const passes = refusal.retryable || refusal.code === "token_expired" || refusal.code === "unauthenticated";
  if (!passes) return { kind: "refused", code: refusal.code };
  const ceiling = Math.min(RETRY.maxMs, RETRY.minMs * 2 ** Math.min(attempts, 10));
  return {
    kind: "again",
    afterMs: Math.max(refusal.retryAfterMs ?? 0, Math.round(ceiling * (0.5 + random / 2))),
  };
}
