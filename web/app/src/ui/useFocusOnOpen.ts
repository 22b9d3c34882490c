import { type RefObject, useEffect, useRef } from "react";

/** Moves the focus to an element when it appears: for what a person has just opened to use. */
export function useFocusOnOpen<E extends HTMLElement>(): RefObject<E | null> {
  const element = useRef<E>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}
