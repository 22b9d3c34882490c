import { useMe } from "@spotter/chat-client/react";
import { useEffect, useMemo, useState } from "react";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { useFocusOnOpen } from "../../ui/useFocusOnOpen";
import { EmojiGrid } from "./EmojiGrid";
import {
  type Emoji,
  type EmojiGroup,
  findEmoji,
  keepRecent,
  loadEmoji,
  QUICK,
  recentEmoji,
} from "./emojiList";

export interface EmojiPickerProps {
  onPick(emoji: string): void;
  onClose(): void;
}

/** One picture per group, for its tab. */
const TABS: Readonly<Record<string, string>> = {
  recent: "🕘",
  smileys: "😀",
  people: "👋",
  nature: "🌱",
  food: "🍎",
  activities: "🏋️",
  travel: "✈️",
  objects: "💡",
  symbols: "❤️",
};

/** Content of a popover: search, groups, and a grid that arrows walk through. */
export function EmojiPicker({ onPick, onClose }: EmojiPickerProps) {
  const { t } = useTexts();
  const input = useFocusOnOpen<HTMLInputElement>();
  const personId = useMe()?.id ?? "";
  const groups = useEmoji();
  const [query, setQuery] = useState("");
  const [tab, setTab] = useState(() => (recentEmoji(personId).length > 0 ? "recent" : "smileys"));
  const [recent] = useState(() => [...new Set([...recentEmoji(personId), ...QUICK])]);
  const shown = useMemo(
    () => (query.trim() ? findEmoji(groups, query) : ofTab(groups, tab, recent)),
    [groups, query, tab, recent],
  );

  const pick = (emoji: string) => {
    keepRecent(personId, emoji);
    onPick(emoji);
  };

  return (
    <section
      aria-label={t("emoji.title")}
      className="flex h-96 max-h-[60dvh] w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 p-3"
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <input
        type="search"
        ref={input}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={(event) => {
          const [first] = shown;
          if (event.key === "Enter" && query.trim() && first) pick(first[0]);
        }}
        aria-label={t("emoji.search")}
        placeholder={t("emoji.search")}
        className="h-10 w-full rounded-control border border-control bg-sunken px-3 text-base text-ink placeholder:text-muted [&::-webkit-search-cancel-button]:hidden"
      />
      {!query.trim() && <GroupTabs tab={tab} onTab={setTab} />}
      <EmojiGrid
        emoji={shown}
        label={query.trim() ? t("emoji.hits", { count: shown.length }) : t(`emoji.group.${tab}`)}
        onPick={pick}
      />
      {query.trim() !== "" && groups.length > 0 && shown.length === 0 && (
        <p className="flex-1 text-center text-sm text-muted">{t("emoji.none")}</p>
      )}
    </section>
  );
}

function GroupTabs({ tab, onTab }: { tab: string; onTab(tab: string): void }) {
  const { t } = useTexts();
  return (
    <div className="grid grid-cols-9 gap-0.5">
      {Object.entries(TABS).map(([id, picture]) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === tab}
          aria-label={t(`emoji.group.${id}`)}
          title={t(`emoji.group.${id}`)}
          onClick={() => onTab(id)}
          className={classes(
            "flex h-8 items-center justify-center rounded-control text-base",
            id === tab ? "bg-brand-soft" : "opacity-70 hover:bg-sunken hover:opacity-100",
          )}
        >
          <span aria-hidden>{picture}</span>
        </button>
      ))}
    </div>
  );
}

function useEmoji(): readonly EmojiGroup[] {
  const { locale } = useTexts();
  const [groups, setGroups] = useState<readonly EmojiGroup[]>([]);
  useEffect(() => {
    let wanted = true;
    void loadEmoji(locale).then((list) => wanted && setGroups(list));
    return () => {
      wanted = false;
    };
  }, [locale]);
  return groups;
}

function ofTab(groups: readonly EmojiGroup[], tab: string, recent: readonly string[]): readonly Emoji[] {
  if (tab !== "recent") return groups.find((group) => group.id === tab)?.emoji ?? [];
  const all = new Map(groups.flatMap((group) => group.emoji.map((it) => [it[0], it] as const)));
  // Until the list is there an emoji is its own name.
  return recent.map((emoji) => all.get(emoji) ?? [emoji, emoji, ""]);
}
