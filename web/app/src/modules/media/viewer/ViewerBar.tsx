import { Download, X, ZoomIn, ZoomOut } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { IconButton } from "../../../ui/IconButton";
import { MAX_SCALE } from "../gestures";
import type { Shown } from "../ThreadViewer";
import { useFileLink } from "../useFileLink";
import type { PoseControl } from "./usePose";

export interface ViewerBarProps {
  shown: Shown;
  at: number;
  count: number;
  pose: PoseControl;
  onClose(): void;
}

const ON_DARK = "text-white hover:bg-white/15 hover:text-white";

/** When it was sent, which of how many it is, and what can be done with it. */
export function ViewerBar({ shown, at, count, pose, onClose }: ViewerBarProps) {
  const { t, dateLocale } = useTexts();
  const { src } = useFileLink(shown.image);
  const sent = new Intl.DateTimeFormat(dateLocale, { dateStyle: "medium", timeStyle: "short" });
  return (
    <>
      <header className="absolute inset-x-0 top-0 flex items-center gap-1 bg-linear-to-b from-black/70 to-transparent px-3 py-2">
        <p className="min-w-0 flex-1 truncate text-sm">
          <span aria-live="polite" className="font-semibold tabular-nums">
            {t("media.position", { number: at + 1, count })}
          </span>
          <span className="ml-3 opacity-80">{sent.format(new Date(shown.message.sentAt))}</span>
        </p>
        <IconButton
          label={t("media.zoomOut")}
          icon={ZoomOut}
          disabled={pose.pose.scale === 1}
          onClick={pose.zoomOut}
          className={ON_DARK}
        />
        <IconButton
          label={t("media.zoomIn")}
          icon={ZoomIn}
          disabled={pose.pose.scale === MAX_SCALE}
          onClick={pose.zoomIn}
          className={ON_DARK}
        />
        <a
          href={src}
          download={shown.image.name ?? t("media.image")}
          target="_blank"
          rel="noreferrer"
          aria-label={t("media.save")}
          title={t("media.save")}
          className="inline-flex size-10 items-center justify-center rounded-full hover:bg-white/15"
        >
          <Download aria-hidden size={20} />
        </a>
        <IconButton label={t("media.close")} icon={X} onClick={onClose} autoFocus className={ON_DARK} />
      </header>
      {shown.message.text && (
        <p
          dir="auto"
          className="absolute inset-x-0 bottom-0 line-clamp-3 bg-linear-to-t from-black/80 to-transparent px-18 pt-10 pb-6 text-center"
        >
          {shown.message.text}
        </p>
      )}
    </>
  );
}
