import { MoreHorizontal, Reply } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { IconButton } from "../../../ui/IconButton";

export interface RowButtonsProps {
  own: boolean;
  reachable: boolean;
  onMenu(anchor: HTMLElement): void;
  onReply(): void;
}

/** Beside the bubble under the pointer or the focus. Fingers press the bubble itself. */
export function RowButtons({ own, reachable, onMenu, onReply }: RowButtonsProps) {
  const { t } = useTexts();
  const tabIndex = reachable ? 0 : -1;
  return (
    <div
      className={classes(
        "mx-1 flex shrink-0 items-center self-center opacity-0 touch:sr-only",
        "group-focus-within:opacity-100 group-hover:opacity-100",
        own && "flex-row-reverse",
      )}
    >
      <IconButton
        label={t("message.actions")}
        icon={MoreHorizontal}
        size="small"
        aria-haspopup="dialog"
        tabIndex={tabIndex}
        onClick={(event) => onMenu(event.currentTarget)}
      />
      <IconButton
        label={t("message.reply")}
        icon={Reply}
        size="small"
        tabIndex={tabIndex}
        onClick={onReply}
        className="touch:hidden"
      />
    </div>
  );
}
