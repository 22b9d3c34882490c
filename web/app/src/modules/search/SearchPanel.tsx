import type { ConversationId } from "@spotter/chat-client";
import { Search, SearchX, X } from "lucide-react";
import { useState } from "react";
import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { useFocusOnOpen } from "../../ui/useFocusOnOpen";
import { Hits } from "./Hits";
import { useSearch } from "./useSearch";

export interface SearchPanelProps {
  /** Only this conversation; all of one's own otherwise. */
  conversationId?: ConversationId;
  onJump(conversationId: ConversationId, seq: number): void;
  onClose(): void;
}

/** Finds messages by their words. */
export function SearchPanel({ conversationId, onJump, onClose }: SearchPanelProps) {
  const { t } = useTexts();
  const input = useFocusOnOpen<HTMLInputElement>();
  const [query, setQuery] = useState("");
  const { state, more, retry } = useSearch(query, conversationId);
  return (
    <section
      aria-label={t("search.title")}
      className="flex h-full min-h-0 flex-col bg-surface"
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <header className="flex items-center gap-2 border-line border-b p-3">
        <label className="relative min-w-0 flex-1">
          <Search aria-hidden size={18} className="absolute top-1/2 left-3 -translate-y-1/2 text-muted" />
          <input
            type="search"
            ref={input}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            aria-label={t(conversationId ? "search.here" : "search.everywhere")}
            placeholder={t(conversationId ? "search.here" : "search.everywhere")}
            className="h-10 w-full rounded-control border border-control bg-sunken pr-3 pl-10 text-base placeholder:text-muted [&::-webkit-search-cancel-button]:hidden"
          />
        </label>
        <IconButton label={t("search.close")} icon={X} onClick={onClose} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto" aria-busy={state.step === "searching"}>
        <p role="status" className="sr-only">
          {state.step === "found" && t("search.count", { count: state.hits.length })}
        </p>
        {state.step === "idle" && <Hint icon={Search} text={t("search.hint")} />}
        {state.step === "searching" && <Searching />}
        {state.step === "failed" && (
          <div role="alert" className="flex flex-col items-center gap-4 p-8 text-center">
            <p>{t("search.failed")}</p>
            <Button onClick={retry}>{t("search.retry")}</Button>
          </div>
        )}
        {state.step === "found" && state.hits.length === 0 && (
          <Hint icon={SearchX} text={t("search.none", { query: query.trim() })} />
        )}
        {state.step === "found" && state.hits.length > 0 && (
          <Hits found={state} named={!conversationId} onJump={onJump} onMore={more} />
        )}
      </div>
    </section>
  );
}

function Hint({ icon: Icon, text }: { icon: typeof Search; text: string }) {
  return (
    <p className="flex flex-col items-center gap-3 p-8 text-center text-muted">
      <Icon aria-hidden size={32} strokeWidth={1.5} />
      <span className="max-w-64 break-words">{text}</span>
    </p>
  );
}

function Searching() {
  return (
    <ul aria-hidden className="flex flex-col gap-5 p-4">
      {[0, 1, 2, 3].map((row) => (
        <li key={row} className="flex flex-col gap-2">
          <Skeleton className="h-3.5 w-32" />
          <Skeleton className="h-3.5 w-full" />
        </li>
      ))}
    </ul>
  );
}
