import { ChevronLeft, ChevronRight, type LucideIcon } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";

export interface PageButtonsProps {
  at: number;
  count: number;
  onMove(to: number): void;
}

/** For the mouse; fingers swipe, and the keyboard has its arrows. */
export function PageButtons({ at, count, onMove }: PageButtonsProps) {
  const { t } = useTexts();
  return (
    <>
      {at > 0 && (
        <Turn side="left" label={t("media.previous")} icon={ChevronLeft} onClick={() => onMove(at - 1)} />
      )}
      {at < count - 1 && (
        <Turn side="right" label={t("media.next")} icon={ChevronRight} onClick={() => onMove(at + 1)} />
      )}
    </>
  );
}

interface TurnProps {
  side: "left" | "right";
  label: string;
  icon: LucideIcon;
  onClick(): void;
}

function Turn({ side, label, icon: Icon, onClick }: TurnProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className={classes(
        // Out of the way of fingers that swipe.
        "touch:top-auto touch:bottom-4 touch:translate-y-0",
        "absolute top-1/2 z-10 flex size-12 -translate-y-1/2 items-center justify-center rounded-full bg-black/50 hover:bg-black/80",
        side === "left" ? "left-3" : "right-3",
      )}
    >
      <Icon aria-hidden size={28} />
    </button>
  );
}
