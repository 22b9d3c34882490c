import { useCallback, useState } from "react";
import { type DraftKey, keepDraft, readDraft } from "./drafts";

/** The text being written in one conversation, kept as it is typed. The composer is mounted anew for each. */
export function useDraft({ meId, conversationId }: DraftKey): [string, (text: string) => void] {
  const [text, setText] = useState(() => readDraft({ meId, conversationId }));
  const change = useCallback(
    (next: string) => {
      keepDraft({ meId, conversationId }, next);
      setText(next);
    },
    [meId, conversationId],
  );
  return [text, change];
}
