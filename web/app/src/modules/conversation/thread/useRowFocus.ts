import type { ChatMessage } from "@spotter/chat-client";
import { type FocusEvent, type KeyboardEvent, useCallback, useLayoutEffect, useRef, useState } from "react";

/**
 * One stop of the Tab key for the whole thread; arrows, Home and End walk from message to message.
 * `toIndex` brings a row into view, which also renders it.
 */
export function useRowFocus(messages: readonly ChatMessage[], toIndex: (index: number) => void) {
  const [activeId, setActiveId] = useState<string | null>(null);
  const wanted = useRef<{ list: HTMLElement; id: string } | null>(null);
  const activeIndex = activeId === null ? -1 : messages.findLastIndex(({ id }) => id === activeId);

  // The row to focus may be rendered only once the list has scrolled to it.
  useLayoutEffect(() => {
    if (!wanted.current) return;
    const { list, id } = wanted.current;
    const row = list.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`);
    if (!row) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const id = event.target instanceof HTMLElement ? event.target.dataset.message : undefined;
    const to = id === undefined ? null : moved(event.key, activeIndex, messages.length);
    const next = to === null ? undefined : messages[to];
    if (to === null || !next) return;
    event.preventDefault();
    wanted.current = { list: event.currentTarget, id: next.id };
    setActiveId(next.id);
    toIndex(to);
  };

  const onFocus = useCallback((event: FocusEvent<HTMLElement>) => {
    const row = event.target.closest<HTMLElement>("[data-message]");
    if (row) setActiveId(row.dataset.message ?? null);
  }, []);

  const onBlur = useCallback((event: FocusEvent<HTMLElement>) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setActiveId(null);
  }, []);

  return { activeIndex: activeIndex < 0 ? null : activeIndex, onKeyDown, onFocus, onBlur };
}

export function moved(key: string, from: number, count: number): number | null {
  const to = { ArrowUp: from - 1, ArrowDown: from + 1, Home: 0, End: count - 1 }[key];
  return to === undefined || to < 0 || to >= count || to === from ? null : to;
}
