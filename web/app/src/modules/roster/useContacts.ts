import type { Contact } from "@spotter/chat-client";
import { useCallback, useEffect, useMemo, useState } from "react";
import { matches } from "./lines";

const PAUSE_MS = 250;

export interface ContactsPage {
  data: Contact[];
  /** Where the next page begins; null at the end. */
  next: string | null;
}

export type LoadContacts = (query: { search?: string; after?: string }) => Promise<ContactsPage>;

export interface Contacts {
  contacts: readonly Contact[];
  state: "loading" | "ready" | "failed";
  hasMore: boolean;
  loadMore(): void;
  retry(): void;
}

interface Answer extends ContactsPage {
  /** The search it answers; null before the first answer. */
  search: string | null;
  failed: boolean;
}

const NOTHING: Answer = { search: null, data: [], next: null, failed: false };

/** The contacts that match a search, asked for once the typing pauses. `load` keeps its identity. */
export function useContacts(load: LoadContacts, search: string): Contacts {
  const wanted = search.trim();
  const [answer, setAnswer] = useState(NOTHING);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let stale = false;
    const ask = async () => {
      const page = await load(wanted === "" ? {} : { search: wanted }).catch(() => null);
      if (stale) return;
      setAnswer((before) =>
        page ? { ...page, search: wanted, failed: false } : { ...before, failed: true },
      );
    };
    const timer = setTimeout(ask, wanted === "" || attempt > 0 ? 0 : PAUSE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [load, wanted, attempt]);

  const loadMore = useCallback(async () => {
    const { search: asked, next } = answer;
    if (next === null || asked === null) return;
    const page = await load({ ...(asked === "" ? {} : { search: asked }), after: next }).catch(() => null);
    if (!page) return;
    setAnswer((now) =>
      now.next === next ? { ...now, data: [...now.data, ...page.data], next: page.next } : now,
    );
  }, [load, answer]);

  return useMemo(
    () => ({
      contacts: shownContacts(answer, wanted),
      state: stateOf(answer),
      hasMore: answer.next !== null,
      loadMore: () => void loadMore(),
      retry: () => {
        setAnswer((before) => ({ ...before, failed: false }));
        setAttempt((count) => count + 1);
      },
    }),
    [answer, wanted, loadMore],
  );
}

function stateOf({ failed, search }: Answer): Contacts["state"] {
  if (failed) return "failed";
  return search === null ? "loading" : "ready";
}

/** Until the server has answered the search, those already here that match it. */
function shownContacts(answer: Answer, wanted: string): readonly Contact[] {
  if (answer.search === wanted) return answer.data;
  return answer.data.filter(({ name, email }) => matches(name, wanted) || matches(email, wanted));
}
