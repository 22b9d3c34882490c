import { Search, TextSearch, X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { useTexts } from "../../i18n/useTexts";
import { IconButton } from "../../ui/IconButton";
import type { Line } from "./lines";
import type { Presences } from "./presences";
import { RosterList } from "./RosterList";
import type { RosterTexts } from "./rosterTexts";
import { LoadingRoster, NoneFound, RosterFailed } from "./states";

export interface RosterPanelProps {
  texts: RosterTexts;
  lines: readonly Line[];
  state: "loading" | "ready" | "failed";
  presences: Presences;
  meId: string;
  selectedId: string | null;
  search: string;
  /** Beside the heading: the connection's badge while no thread shows it. */
  connection: ReactNode;
  /** Stands above the list: asking for notifications. */
  notice: ReactNode;
  hrefOf(peerId: string): string;
  onSearch(search: string): void;
  /** Opens the search in messages, as this one is for people. */
  onSearchMessages(): void;
  searchButton: RefObject<HTMLButtonElement | null>;
  onRetry(): void;
  onEnd(): void;
}

/** The left panel: search, and the people one writes with. */
export function RosterPanel(props: RosterPanelProps) {
  const { texts, lines, state, search, connection, notice, onSearch, onSearchMessages, onRetry } = props;
  const { t } = useTexts();
  return (
    <section
      aria-label={t(texts.title)}
      className="flex h-full min-h-0 flex-col border-r border-line bg-surface"
    >
      <header className="px-4 pt-4 pb-3 md:px-5 md:pt-5">
        <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
          <h1 className="text-2xl font-extrabold tracking-tight">{t("roster.messages")}</h1>
          <div className="flex items-center gap-2">
            {connection}
            <IconButton
              ref={props.searchButton}
              label={t("roster.searchMessages")}
              icon={TextSearch}
              onClick={onSearchMessages}
            />
          </div>
        </div>
        <SearchField label={t(texts.search)} value={search} onChange={onSearch} />
      </header>
      {notice}
      {lines.length > 0 && <RosterList {...props} />}
      {lines.length === 0 && state === "loading" && <LoadingRoster />}
      {lines.length === 0 && state === "failed" && <RosterFailed title={t(texts.failed)} onRetry={onRetry} />}
      {lines.length === 0 && state === "ready" && <NoneFound texts={texts} search={search} />}
    </section>
  );
}

interface SearchFieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
}

function SearchField({ label, value, onChange }: SearchFieldProps) {
  const { t } = useTexts();
  return (
    <div className="relative">
      <Search aria-hidden size={18} className="pointer-events-none absolute top-3 left-3 text-muted" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && onChange("")}
        className="h-11 w-full rounded-control border border-transparent bg-sunken pr-11 pl-10 text-[1rem] placeholder:text-muted [&::-webkit-search-cancel-button]:hidden"
      />
      {value !== "" && (
        <IconButton
          label={t("roster.clearSearch")}
          icon={X}
          size="small"
          onClick={() => onChange("")}
          className="absolute top-1.5 right-1.5"
        />
      )}
    </div>
  );
}
