import { SmilePlus } from "lucide-react";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { IconButton } from "../../ui/IconButton";
import { QUICK, sameEmoji } from "./emojiList";

export interface QuickReactionsProps {
  /** The reactions this person has put on the message. */
  mine: ReadonlySet<string>;
  onToggle(emoji: string, on: boolean): void;
  onMore(): void;
}

/** Six reactions one press away, and the way to all others. */
export function QuickReactions({ mine, onToggle, onMore }: QuickReactionsProps) {
  const { t } = useTexts();
  return (
    <div className="flex items-center gap-0.5">
      {QUICK.map((emoji) => {
        const given = [...mine].find((it) => sameEmoji(it, emoji));
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={given !== undefined}
            aria-label={t("emoji.react", { emoji })}
            // The spelling that was given is the one taken back.
            onClick={() => onToggle(given ?? emoji, given === undefined)}
            className={classes(
              "flex size-10 items-center justify-center rounded-full text-xl transition-transform hover:scale-115",
              given ? "bg-brand-soft" : "hover:bg-sunken",
            )}
          >
            <span aria-hidden>{emoji}</span>
          </button>
        );
      })}
      <IconButton label={t("emoji.more")} icon={SmilePlus} onClick={onMore} />
    </div>
  );
}
