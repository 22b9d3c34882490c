import { useEffect, useRef } from "react";
import { useTexts } from "../../../i18n/useTexts";
import type { Shown } from "../ThreadViewer";
import { PageButtons } from "./PageButtons";
import { Stage } from "./Stage";
import { usePose } from "./usePose";
import { ViewerBar } from "./ViewerBar";

export interface ViewerProps {
  all: readonly Shown[];
  at: number;
  onMove(to: number): void;
  onClose(): void;
}

/** One picture over everything: the platform's modal dialog keeps the focus and hears Escape. */
export function Viewer({ all, at, onMove, onClose }: ViewerProps) {
  const { t } = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = all[at];
  const pose = usePose(shown?.image);

  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // The element leaves the page without `close()`, which would have given the focus back.
      if (opener instanceof HTMLElement) queueMicrotask(() => opener.focus());
    };
  }, []);

  if (!shown) return null;
  const onKey = (key: string): boolean => {
    if (key === "ArrowRight") onMove(at + 1);
    else if (key === "ArrowLeft") onMove(at - 1);
    else if (key === "Home") onMove(0);
    else if (key === "End") onMove(all.length - 1);
    else if (key === "+" || key === "=") pose.zoomIn();
    else if (key === "-") pose.zoomOut();
    else if (key === "0") pose.reset();
    else return false;
    return true;
  };

  return (
    <dialog
      ref={dialog}
      aria-label={t("media.viewer")}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey && onKey(event.key)) event.preventDefault();
      }}
      className="fixed inset-0 m-0 h-dvh max-h-none w-dvw max-w-none animate-rise overflow-hidden bg-[#070a09] text-white backdrop:bg-[#070a09]"
    >
      <Stage
        key={shown.image.id}
        image={shown.image}
        pose={pose}
        onSwipe={(swipe) => {
          if (swipe === "close") onClose();
          else onMove(swipe === "next" ? at + 1 : at - 1);
        }}
        onTap={onClose}
      />
      <PageButtons at={at} count={all.length} onMove={onMove} />
      <ViewerBar shown={shown} at={at} count={all.length} pose={pose} onClose={onClose} />
    </dialog>
  );
}
