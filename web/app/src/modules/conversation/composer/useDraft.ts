import { useCallback, useState } from "react";
import { keepDraft, readDraft } from "./drafts";

/** The text being written in one conversation, kept as it is typed. */
export function useDraft(conversationId: string): [string, (text: string) => void] {
  const [draft, setDraft] = useState(() => ({ conversationId, text: readDraft(conversationId) }));
  const current = draft.conversationId === conversationId ? draft.text : readDraft(conversationId);
  const change = useCallback(
    (text: string) => {
      keepDraft(conversationId, text);
      setDraft({ conversationId, text });
    },
    [conversationId],
  );
  return [current, change];
}
