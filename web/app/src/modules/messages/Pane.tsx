import { MessagesSquare } from "lucide-react";
import type { ReactNode } from "react";
import { useTexts } from "../../i18n/useTexts";
import { Unavailable } from "../conversation/thread/Unavailable";
import type { RosterTexts } from "../roster/rosterTexts";
import type { Selection } from "../roster/selection";

export interface PaneProps {
  selection: Selection;
  texts: RosterTexts;
  onBack(): void;
  children(selected: Extract<Selection, { kind: "conversation" }>): ReactNode;
}

/** The right side: the conversation asked for, that it is not available, or that none is chosen. */
export function Pane({ selection, texts, onBack, children }: PaneProps) {
  if (selection.kind === "conversation") return children(selection);
  return selection.kind === "unavailable" ? <Unavailable onBack={onBack} /> : <NothingChosen texts={texts} />;
}

function NothingChosen({ texts }: { texts: RosterTexts }) {
  const { t } = useTexts();
  return (
    <div className="flex h-full flex-col items-center justify-center gap-3 p-8 text-center text-muted">
      <MessagesSquare aria-hidden size={44} strokeWidth={1.25} />
      <p>{t(texts.choose)}</p>
    </div>
  );
}
