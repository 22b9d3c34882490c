import type { Contact, ConversationLine, Me } from "@spotter/chat-client";
import { conversationWith } from "./selection";

/** One card of the list: a person, with the conversation there may be. */
export interface Line {
  peerId: string;
  conversationId: string;
  /** Null until the name is known. */
  name: string | null;
  conversation: ConversationLine | null;
}

interface Sources {
  me: Me;
  contacts: readonly Contact[];
  conversations: readonly ConversationLine[];
  people: ReadonlyMap<string, { name: string }>;
  search: string;
}

/**
 * Merges the contacts with the conversations: conversations first, the most recent on top, then those
 * nothing has been written to, by name. With a search, the server's answer (`contacts`) and whoever's
 * known name matches.
 */
export function linesOf({ me, contacts, conversations, people, search }: Sources): Line[] {
  const byId = new Map(contacts.map((contact) => [contact.userID, contact]));
  const nameOf = (id: string) => byId.get(id)?.name ?? people.get(id)?.name ?? null;

  const talking = conversations
    .filter(({ peerId }) => byId.has(peerId) || matches(nameOf(peerId), search))
    .map((conversation) => ({
      peerId: conversation.peerId,
      conversationId: conversation.conversationId,
      name: nameOf(conversation.peerId),
      conversation,
    }));
  const spokenTo = new Set(conversations.map(({ peerId }) => peerId));
  const silent = contacts
    .filter(({ userID }) => !spokenTo.has(userID))
    .map(({ userID, name }) => ({
      peerId: userID,
      conversationId: conversationWith(me, userID),
      name,
      conversation: null,
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
  return [...talking, ...silent];
}

/** Whether a name holds the words searched for, whatever their case and accents. */
export function matches(name: string | null, search: string): boolean {
  const wanted = folded(search).trim();
  return wanted === "" || (name !== null && folded(name).includes(wanted));
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
