import type { Reaction } from "@spotter/chat-client";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";

export interface ReactionChipsProps {
  reactions: readonly Reaction[];
  meId: string;
  onToggle(emoji: string, on: boolean): void;
}

export function ReactionChips({ reactions, meId, onToggle }: ReactionChipsProps) {
  const { t } = useTexts();
  return (
    <div className="-mt-1.5 flex flex-wrap gap-1 px-2">
      {reactions.map(({ emoji, userIds }) => {
        const mine = userIds.includes(meId);
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={mine}
            aria-label={t("message.reaction", { emoji, count: userIds.length, mine: mine ? "yes" : "no" })}
            onClick={() => onToggle(emoji, !mine)}
            className={classes(
              "inline-flex min-h-7 items-center gap-1 rounded-full border px-2 text-sm shadow-bubble transition-colors",
              mine ? "border-brand bg-brand-soft text-ink" : "border-line bg-raised text-ink hover:bg-sunken",
            )}
          >
            <span>{emoji}</span>
            {userIds.length > 1 && (
              <span className="text-xs font-semibold tabular-nums">{userIds.length}</span>
            )}
          </button>
        );
      })}
    </div>
  );
}
