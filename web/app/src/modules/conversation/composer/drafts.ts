const PREFIX = "spotter.draft.";

/** What was typed and not sent, per conversation, on this device; `forgetPerson` wipes it. */
export function readDraft(conversationId: string): string {
  try {
    return localStorage.getItem(PREFIX + conversationId) ?? "";
  } catch {
    return "";
  }
}

export function keepDraft(conversationId: string, text: string): void {
  try {
    if (text === "") localStorage.removeItem(PREFIX + conversationId);
    else localStorage.setItem(PREFIX + conversationId, text);
  } catch {
    // Without storage a draft lasts as long as the page.
  }
}
