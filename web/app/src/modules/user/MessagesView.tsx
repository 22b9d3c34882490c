import type { Me } from "@spotter/chat-client";
import { useApi } from "@spotter/chat-client/react";
import { useCallback } from "react";
import { MessagesScreen } from "../messages/MessagesScreen";
import { matches } from "../roster/lines";
import type { RosterTexts } from "../roster/rosterTexts";
import type { LoadContacts } from "../roster/useContacts";

const TEXTS: RosterTexts = {
  title: "trainers.title",
  search: "trainers.search",
  failed: "trainers.failed",
  none: "trainers.none",
  noneHint: "trainers.noneHint",
  choose: "trainers.choose",
};

/** A client's messages: the trainers on the left, the chosen one's thread on the right. */
export function MessagesView({ me }: { me: Me }) {
  const api = useApi();
  const loadTrainers = useCallback<LoadContacts>(
    async ({ search = "" }) => {
      const { data } = await api.user.getMyTrainers();
      // A client has a handful of trainers: they come all at once and are searched here.
      return {
        data: data.filter(({ name, email }) => matches(name, search) || matches(email, search)),
        next: null,
      };
    },
    [api],
  );
  return <MessagesScreen me={me} texts={TEXTS} loadContacts={loadTrainers} />;
}
