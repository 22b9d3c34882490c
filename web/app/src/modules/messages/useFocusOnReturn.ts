import { useEffect, useRef } from "react";

/** Back in the list, the focus is on the card one came from: the thread that had it is gone. */
export function useFocusOnReturn(selectedId: string | null): void {
  const before = useRef(selectedId);
  useEffect(() => {
    const left = before.current;
    before.current = selectedId;
    if (left === null || selectedId !== null) return;
    document.querySelector<HTMLElement>(`[data-peer="${CSS.escape(left)}"]`)?.focus({ preventScroll: true });
  }, [selectedId]);
}
