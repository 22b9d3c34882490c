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
const FOUND = { step: "found", loadingMore: false, moreFailed: false } as const;

/** Finds messages while one types. Only the answer to the latest question is shown. */
export function useSearch(query: string, conversationId?: ConversationId): Search {
  const { chat } = useApi();
  const [state, setState] = useState<SearchState>(IDLE);
  const turn = useRef(0);
  const q = query.trim();

  const ask = useCallback(
    async (before: Extract<SearchState, { step: "found" }> | null): Promise<void> => {
      turn.current += 1;
      const mine = turn.current;
      const after = before?.next ?? null;
      setState(before ? { ...before, loadingMore: true, moreFailed: false } : { step: "searching" });
      const question = {
        q,
        ...(conversationId ? { conversationId } : {}),
        ...(after === null ? {} : { after }),
      };
      const next = await chat.search(question).then(
        ({ data, next }): SearchState => ({ ...FOUND, hits: [...(before?.hits ?? []), ...data], next }),
        (): SearchState =>
          before ? { ...before, loadingMore: false, moreFailed: true } : { step: "failed" },
      );
      if (mine === turn.current) setState(next);
    },
    [chat, q, conversationId],
  );

  useEffect(() => {
    // Whatever is still on its way answers an older question.
    turn.current += 1;
    setState(q ? { step: "searching" } : IDLE);
    if (!q) return;
    const timer = setTimeout(() => void ask(null), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [q, ask]);

  const more = () => {
    if (state.step === "found" && state.next !== null && !state.loadingMore) void ask(state);
  };
  return { state, more, retry: () => void ask(null) };
}
