import { type RefObject, useEffect, useRef } from "react";

/** For the button that opens something: gives it the focus when that closes and takes the focus with it. */
export function useFocusBack(open: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef(open);
  useEffect(() => {
    const closed = before.current && !open;
    before.current = open;
    if (closed && document.activeElement === document.body) button.current?.focus();
  }, [open]);
  return button;
}
