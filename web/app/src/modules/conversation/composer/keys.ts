/** What a key in the composer asks for; null leaves it to the text field. */
export type Intent = "send" | "cancel" | "editLast" | null;

interface Key {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
  keyCode: number;
}

// Safari ends a composition before it reports the Enter that confirmed it; only the key code tells.
const COMPOSING = 229;

export function intentOf(event: Key, empty: boolean): Intent {
  if (event.isComposing || event.keyCode === COMPOSING) return null;
  if (event.key === "Enter") return event.shiftKey || event.altKey ? null : "send";
  if (event.key === "Escape") return "cancel";
  if (event.key === "ArrowUp" && empty && !modified(event)) return "editLast";
  return null;
}

function modified({ shiftKey, altKey, ctrlKey, metaKey }: Key): boolean {
  return shiftKey || altKey || ctrlKey || metaKey;
}
