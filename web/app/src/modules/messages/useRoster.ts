import type { Me } from "@spotter/chat-client";
import { useConversations, usePeople, usePresence, useStatus } from "@spotter/chat-client/react";
import { useEffect, useMemo, useRef } from "react";
import { type Line, linesOf } from "../roster/lines";
import { type LoadContacts, useContacts } from "../roster/useContacts";

/** The server tells the presence of so many people at once. */
const WATCHED = 50;

/** The list: contacts, conversations, names and presence, put together. */
export function useRoster(me: Me, loadContacts: LoadContacts, search: string, selectedId: string | null) {
  const conversations = useConversations();
  const contacts = useContacts(loadContacts, search);
  const peers = useSameIds([
    ...conversations.entries.map(({ peerId }) => peerId),
    ...(selectedId ? [selectedId] : []),
  ]);
  const people = usePeople(peers);
  const lines = useMemo(
    () => linesOf({ me, contacts: contacts.contacts, conversations: conversations.entries, people, search }),
    [me, contacts.contacts, conversations.entries, people, search],
  );
  const presences = usePresence(useSameIds(watched(lines, selectedId)));
  useRetryOnceConnected(contacts.state, contacts.retry);

  const loading =
    contacts.state === "loading" || (conversations.loading && conversations.entries.length === 0);
  return {
    lines,
    presences,
    state:
      contacts.state === "failed" ? ("failed" as const) : loading ? ("loading" as const) : ("ready" as const),
    nameOf: (id: string) =>
      people.get(id)?.name ?? contacts.contacts.find(({ userID }) => userID === id)?.name ?? null,
    loadMore: () => {
      if (conversations.hasMore && !conversations.loading) void conversations.loadMore();
      else if (contacts.hasMore) contacts.loadMore();
    },
    retry: () => {
      contacts.retry();
      if (conversations.error) conversations.retry();
    },
  };
}

/** The person whose thread is open, then the list from its top. */
function watched(lines: readonly Line[], selectedId: string | null): string[] {
  const ids = lines.map(({ peerId }) => peerId).filter((id) => id !== selectedId);
  return [...(selectedId ? [selectedId] : []), ...ids].slice(0, WATCHED);
}

/** The same array for as long as it holds the same ids, in whatever order they came. */
function useSameIds(ids: readonly string[]): readonly string[] {
  const key = [...new Set(ids)].sort().join(" ");
  return useMemo(() => (key === "" ? [] : key.split(" ")), [key]);
}

/** A list that failed while there was no connection is asked for again when there is one. */
function useRetryOnceConnected(state: "loading" | "ready" | "failed", retry: () => void): void {
  const connected = useStatus().state === "connected";
  const before = useRef(connected);
  useEffect(() => {
    if (connected && !before.current && state === "failed") retry();
    before.current = connected;
  }, [connected, state, retry]);
}
