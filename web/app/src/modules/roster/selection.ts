import type { Me } from "@spotter/chat-client";

/** What the address asks the thread pane to show. */
export type Selection =
  | { kind: "none" }
  | { kind: "conversation"; conversationId: string; peerId: string }
  /** An id that cannot be anybody's. One that is somebody else's is found out by the server, and looks the same. */
  | { kind: "unavailable" };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The query parameter that names the other person, for each role. */
export function parameterOf(me: Me): "client" | "trainer" {
  return me.role === "Trainer" ? "client" : "trainer";
}

export function pathOf(me: Me): "/trainer/messages" | "/messages" {
  return me.role === "Trainer" ? "/trainer/messages" : "/messages";
}

export function addressOf(me: Me, peerId: string): string {
  return `${pathOf(me)}?${parameterOf(me)}=${encodeURIComponent(peerId)}`;
}

export function selectionOf(me: Me, search: string): Selection {
  const wanted = new URLSearchParams(search).get(parameterOf(me));
  if (wanted === null || wanted === "") return { kind: "none" };
  const peerId = wanted.toLowerCase();
  if (!UUID.test(peerId) || peerId === me.id) return { kind: "unavailable" };
  return { kind: "conversation", conversationId: conversationWith(me, peerId), peerId };
}

export function conversationWith(me: Me, peerId: string): string {
  return me.role === "Trainer" ? `conversation:${me.id}:${peerId}` : `conversation:${peerId}:${me.id}`;
}

/** The other person of a conversation; null when it is not one of `me`. */
export function peerOf(me: Me, conversationId: string): string | null {
  const [, trainerId, clientId] = conversationId.split(":");
  if (trainerId === me.id) return clientId ?? null;
  return clientId === me.id ? (trainerId ?? null) : null;
}
