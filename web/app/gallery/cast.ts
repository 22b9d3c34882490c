import type { Contact, Role } from "@spotter/chat-client";

/** A person of the gallery. */
export interface Person {
  id: string;
  name: string;
  role: Role;
}

/** The moment at which every scene plays; the screenshots stop the clock here. */
export const NOW = Date.parse("2026-03-04T17:42:00Z");

export const MAYA = person(1, "Maya Okafor", "Trainer");
export const JONAS = person(2, "Jonas Berg", "Trainer");
export const ANNA = person(11, "Anna Lindqvist", "User");
export const CLIENTS: readonly Person[] = [
  ANNA,
  person(12, "Diego Fernández", "User"),
  person(13, "Priya Raman", "User"),
  person(14, "Tom Whitaker", "User"),
  person(15, "Leïla Haddad", "User"),
  person(16, "Søren Mikkelsen", "User"),
  person(17, "Grace Mwangi", "User"),
  person(18, "Kenta Yamamoto", "User"),
  person(19, "Oluwaseun Adébáyọ̀-Fitzgerald von Hohenberg", "User"),
];
export const EVERYBODY: readonly Person[] = [MAYA, JONAS, ...CLIENTS];

export function minutesAgo(minutes: number): string {
  return new Date(NOW - minutes * 60_000).toISOString();
}

export function conversationOf(trainer: Person, client: Person): string {
  return `conversation:${trainer.id}:${client.id}`;
}

export function contactOf({ id, name, role }: Person): Contact {
  return { userID: id, name, email: `${id.slice(-2)}@example.com`, role };
}

function person(number: number, name: string, role: Role): Person {
  return { id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`, name, role };
}
