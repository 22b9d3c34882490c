import type { Me } from "@spotter/chat-client";
import { useApi } from "@spotter/chat-client/react";
import { useCallback } from "react";
import { MessagesScreen } from "../messages/MessagesScreen";
import type { RosterTexts } from "../roster/rosterTexts";
import type { LoadContacts } from "../roster/useContacts";

const TEXTS: RosterTexts = {
  title: "clients.title",
  search: "clients.search",
  failed: "clients.failed",
  none: "clients.none",
  noneHint: "clients.noneHint",
  choose: "clients.choose",
};

/** A trainer's messages: the clients on the left, the chosen one's thread on the right. */
export function TrainerMessagesView({ me }: { me: Me }) {
  const api = useApi();
  const loadClients = useCallback<LoadContacts>((query) => api.trainer.getMyClients(query), [api]);
  return <MessagesScreen me={me} texts={TEXTS} loadContacts={loadClients} />;
}
