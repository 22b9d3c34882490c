import { useSyncExternalStore } from "react";
import { keepTheme, showTheme, storedTheme, type Theme } from "./theme";

const listeners = new Set<() => void>();
let current: Theme | null = null;

export function useTheme(): { theme: Theme; setTheme(theme: Theme): void } {
  return { theme: useSyncExternalStore(subscribe, theme), setTheme };
}

function theme(): Theme {
  current ??= storedTheme();
  return current;
}

function setTheme(next: Theme): void {
  current = next;
  keepTheme(next);
  showTheme(next);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
