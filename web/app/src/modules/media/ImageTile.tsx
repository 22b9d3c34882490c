import type { Attachment } from "@spotter/chat-client";
import { ImageOff } from "lucide-react";
import { useState } from "react";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { openedImage } from "./openedImage";
import { placeholderUrl } from "./placeholder";
import { useFileLink } from "./useFileLink";

export interface ImageTileProps {
  image: Attachment;
  number: number;
  count: number;
  /** How many more stand behind this one. */
  hidden?: number;
}

/** Placeholder, then thumbnail, in a box that does not move; opens the viewer. */
export function ImageTile({ image, number, count, hidden = 0 }: ImageTileProps) {
  const { t } = useTexts();
  const link = useFileLink(image);
  const [loaded, setLoaded] = useState(false);
  const placeholder = placeholderUrl(image.placeholder);

  if (link.broken) return <BrokenTile onRetry={() => void link.retry()} />;
  return (
    <button
      type="button"
      onClick={() => openedImage.set(image.id)}
      className="relative block size-full overflow-hidden rounded-card bg-sunken bg-cover bg-center focus-visible:outline-offset-2"
      style={placeholder && !loaded ? { backgroundImage: `url("${placeholder}")` } : undefined}
    >
      {link.thumbnail && (
        <img
          src={link.thumbnail}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          onLoad={() => setLoaded(true)}
          onError={link.onError}
          className={classes(
            "absolute inset-0 size-full object-cover transition-opacity duration-200",
            loaded ? "opacity-100" : "opacity-0",
          )}
        />
      )}
      <span className="sr-only">{t("media.open", { number, count })}</span>
      {hidden > 0 && (
        <span className="absolute inset-0 flex items-center justify-center bg-black/55 font-bold text-2xl text-white">
          +{hidden}
        </span>
      )}
    </button>
  );
}

function BrokenTile({ onRetry }: { onRetry(): void }) {
  const { t } = useTexts();
  return (
    <div className="flex size-full flex-col items-center justify-center gap-2 rounded-card bg-sunken p-2 text-center text-muted text-sm">
      <ImageOff aria-hidden size={24} />
      <p>{t("media.broken")}</p>
      <button type="button" onClick={onRetry} className="min-h-6 font-semibold text-brand underline">
        {t("media.again")}
      </button>
    </div>
  );
}
