import type { ConversationId, UserId } from "../protocol.ts";

export interface Pair {
  trainerId: UserId;
  clientId: UserId;
}

const CONVERSATION = /^conversation:([0-9a-f-]{36}):([0-9a-f-]{36})$/i;

export function conversationId({ trainerId, clientId }: Pair): ConversationId {
  return `conversation:${trainerId}:${clientId}`;
}

export function parseConversationId(id: string): Pair | null {
  const [, trainerId, clientId] = CONVERSATION.exec(id) ?? [];
  return trainerId && clientId ? { trainerId, clientId } : null;
}

/** The other one of a conversation's two people; empty for an id that is none. */
export function peerOf(id: ConversationId, me: UserId | undefined): UserId {
  const pair = parseConversationId(id);
  if (!pair) return "";
  return pair.trainerId === me ? pair.clientId : pair.trainerId;
}
