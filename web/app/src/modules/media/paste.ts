import type { ClipboardEvent } from "react";

/** Takes pasted files; pasted text is left to the text field. */
export function pasteFiles(event: ClipboardEvent, add: (files: Iterable<File>) => void): void {
  const files = [...event.clipboardData.files];
  if (files.length === 0) return;
  event.preventDefault();
  add(files);
}
