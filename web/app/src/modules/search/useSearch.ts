import type { ConversationId, Found } from "@spotter/chat-client";
import { useApi } from "@spotter/chat-client/react";
import { useCallback, useEffect, useRef, useState } from "react";

export type SearchState =
  | { step: "idle" }
  | { step: "searching" }
  | { step: "failed" }
  | { step: "found"; hits: readonly Found[]; next: string | null; loadingMore: boolean; moreFailed: boolean };

export interface Search {
  state: SearchState;
  more(): void;
  retry(): void;
}

/** Long enough that a word is not searched letter by letter, short enough to feel at once. */
const PAUSE_MS = 250;

const IDLE: SearchState = { step: "idle" };

/** Finds messages while one types. Only the answer to the latest question is shown. */
export function useSearch(query: string, conversationId?: ConversationId): Search {
  const { chat } = useApi();
  const [state, setState] = useState<SearchState>(IDLE);
  const [attempt, setAttempt] = useState(0);
  const turn = useRef(0);
  const q = query.trim();

  useEffect(() => {
    turn.current += 1;
    const mine = turn.current;
    if (!q) return setState(IDLE);
    setState({ step: "searching" });
    const timer = setTimeout(() => {
      chat.search({ q, ...(conversationId ? { conversationId } : {}) }).then(
        ({ data, next }) => {
          if (mine === turn.current)
            setState({ step: "found", hits: data, next, loadingMore: false, moreFailed: false });
        },
        () => mine === turn.current && setState({ step: "failed" }),
      );
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [chat, q, conversationId, attempt]);

  const more = useCallback(() => {
    if (state.step !== "found" || state.next === null || state.loadingMore) return;
    const mine = turn.current;
    setState({ ...state, loadingMore: true, moreFailed: false });
    chat.search({ q, after: state.next, ...(conversationId ? { conversationId } : {}) }).then(
      ({ data, next }) => {
        if (mine !== turn.current) return;
        setState({ ...state, hits: [...state.hits, ...data], next, loadingMore: false, moreFailed: false });
      },
      () => mine === turn.current && setState({ ...state, loadingMore: false, moreFailed: true }),
    );
  }, [chat, q, conversationId, state]);

  return { state, more, retry: useCallback(() => setAttempt((it) => it + 1), []) };
}
