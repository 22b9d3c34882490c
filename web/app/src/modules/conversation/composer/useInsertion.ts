import { type RefObject, useLayoutEffect, useRef } from "react";

/** Puts a text where the caret is, and the caret behind it. */
export function useInsertion(
  field: RefObject<HTMLTextAreaElement | null>,
  value: string,
  change: (value: string) => void,
): (text: string) => void {
  const caret = useRef<number | null>(null);

  // After the value, or the browser would put the caret at the end; and after the picker gave its focus back.
  useLayoutEffect(() => {
    if (caret.current === null) return;
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });

  return (text) => {
    const start = field.current?.selectionStart ?? value.length;
    const end = field.current?.selectionEnd ?? value.length;
    caret.current = start + text.length;
    change(value.slice(0, start) + text + value.slice(end));
  };
}
