import type { ChatMessage } from "@spotter/chat-client";

/** A message for tests; only what the test is about is named. */
export function message(differing: Partial<ChatMessage> = {}): ChatMessage {
  const seq = differing.seq === undefined ? 1 : differing.seq;
  return {
    id: `m${seq}`,
    conversationId: "conversation:t:c",
    seq,
    position: seq,
    senderId: "anna",
    own: false,
    text: "Ready for Monday?",
    attachments: [],
    replyTo: null,
    reactions: [],
    sentAt: "2026-03-02T10:00:00Z",
    editedAt: null,
    deletedAt: null,
    state: "received",
    failure: null,
    ...differing,
  };
}
