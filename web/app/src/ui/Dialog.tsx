import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useTexts } from "../i18n/useTexts";
import { IconButton } from "./IconButton";

export interface DialogProps {
  title: string;
  onClose(): void;
  footer?: ReactNode;
  children: ReactNode;
}

/** A modal `<dialog>`, shown while mounted: the platform keeps the focus inside and hears Escape. */
export function Dialog({ title, onClose, footer, children }: DialogProps) {
  const { t } = useTexts();
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();

  useEffect(() => {
    const opener = document.activeElement;
    element.current?.showModal();
    return () => {
      // The element leaves the page without `close()`, which would have given the focus back.
      if (opener instanceof HTMLElement) queueMicrotask(() => opener.focus());
    };
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a press on the backdrop is a shortcut, Escape is the platform's own.
    <dialog
      ref={element}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === element.current && onClose()}
      className="m-auto max-h-[90dvh] w-[min(28rem,calc(100vw-2rem))] animate-rise rounded-card bg-raised p-0 shadow-raised backdrop:bg-backdrop"
    >
      <div className="flex max-h-[90dvh] flex-col">
        <header className="flex items-center justify-between gap-4 py-3 pr-3 pl-5">
          <h2 id={heading} className="text-lg font-bold">
            {title}
          </h2>
          <IconButton label={t("ui.close")} icon={X} onClick={onClose} />
        </header>
        <div className="overflow-y-auto px-5 pb-5">{children}</div>
        {footer && <footer className="flex flex-wrap justify-end gap-2 px-5 pb-5">{footer}</footer>}
      </div>
    </dialog>
  );
}
