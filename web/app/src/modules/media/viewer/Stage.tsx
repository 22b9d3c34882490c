import type { Attachment } from "@spotter/chat-client";
import { ImageOff } from "lucide-react";
import { useState } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { Spinner } from "../../../ui/Spinner";
import type { Swipe } from "../gestures";
import { placeholderUrl } from "../placeholder";
import { useFileLink } from "../useFileLink";
import { usePointers } from "./usePointers";
import type { PoseControl } from "./usePose";

export interface StageProps {
  image: Attachment;
  pose: PoseControl;
  onSwipe(swipe: NonNullable<Swipe>): void;
  /** Beside the picture. */
  onTap(): void;
}

/** The picture itself, under fingers, mouse and wheel. */
export function Stage({ image, pose, onSwipe, onTap }: StageProps) {
  const { t } = useTexts();
  const link = useFileLink(image);
  const [loaded, setLoaded] = useState(false);
  const { drag, dragging, handlers } = usePointers(pose, onSwipe, onTap);
  const { scale, x, y } = pose.pose;
  const behind = link.thumbnail ?? placeholderUrl(image.placeholder) ?? undefined;
  // The same box for thumbnail and picture, so that the sharper one only sharpens.
  const box = { width: image.width ?? undefined, aspectRatio: `${image.width ?? 4} / ${image.height ?? 3}` };

  return (
    <div className="absolute inset-0 flex touch-none select-none items-center justify-center" {...handlers}>
      {link.broken ? (
        <p className="flex flex-col items-center gap-3">
          <ImageOff aria-hidden size={40} />
          {t("media.broken")}
        </p>
      ) : (
        <div
          data-picture
          className="relative max-h-full max-w-full"
          style={{
            ...box,
            transform: `translate3d(${x + drag.x}px, ${y + drag.y}px, 0) scale(${scale})`,
            transition: dragging ? "none" : "transform 180ms cubic-bezier(0.2, 0, 0, 1)",
            cursor: scale > 1 ? "grab" : "zoom-in",
          }}
        >
          {!loaded && behind && (
            <img src={behind} alt="" className="absolute inset-0 size-full object-contain blur-sm" />
          )}
          {link.src && (
            <img
              src={link.src}
              alt={image.name ?? t("media.image")}
              draggable={false}
              onLoad={() => setLoaded(true)}
              onError={link.onError}
              className="relative size-full object-contain"
            />
          )}
          {!loaded && <Spinner className="absolute top-1/2 left-1/2 -translate-1/2" />}
        </div>
      )}
    </div>
  );
}
