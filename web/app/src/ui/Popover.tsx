import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from "react";
import { placeBeside } from "./placeBeside";

export interface PopoverProps {
  label: string;
  anchor: HTMLElement;
  onClose(): void;
  children: ReactNode;
}

/**
 * The platform's popover, shown while mounted: it lies in the top layer, closes on Escape and on a press
 * elsewhere. Arrow keys walk over its buttons; the focus returns to the anchor.
 */
export function Popover({ label, anchor, onClose, children }: PopoverProps) {
  const element = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const popover = element.current;
    if (!popover) return;
    popover.showPopover();
    const place = () => placeBeside(popover, anchor);
    place();
    popover.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
    // Content that loads later (the emoji picker) is another size.
    const observer = new ResizeObserver(place);
    observer.observe(popover);
    return () => {
      observer.disconnect();
      if (popover.contains(document.activeElement)) anchor.focus({ preventScroll: true });
    };
  }, [anchor]);

  return (
    <div
      ref={element}
      popover="auto"
      role="dialog"
      aria-label={label}
      onToggle={(event) => event.newState === "closed" && onClose()}
      onKeyDown={walk}
      className="fixed m-0 max-h-[80dvh] overflow-y-auto rounded-card border border-line bg-raised p-1.5 text-ink shadow-raised"
    >
      {children}
    </div>
  );
}

function walk(event: KeyboardEvent<HTMLElement>): void {
  if (event.defaultPrevented || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  if (event.target instanceof HTMLInputElement) return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button:not(:disabled)")];
  const from = buttons.indexOf(document.activeElement as HTMLElement);
  const step = event.key === "ArrowDown" ? 1 : -1;
  event.preventDefault();
  buttons.at((from + step + buttons.length) % buttons.length)?.focus();
}
