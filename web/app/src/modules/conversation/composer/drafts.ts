/** Whose draft, and in which conversation: two people may use one browser, and share that conversation. */
export interface DraftKey {
  meId: string;
  conversationId: string;
}

/** What was typed and not sent, on this device; `forgetPerson` wipes it. */
export function readDraft(key: DraftKey): string {
  try {
    return localStorage.getItem(nameOf(key)) ?? "";
  } catch {
    return "";
  }
}

export function keepDraft(key: DraftKey, text: string): void {
  try {
    if (text === "") localStorage.removeItem(nameOf(key));
    else localStorage.setItem(nameOf(key), text);
  } catch {
    // Without storage a draft lasts as long as the page.
  }
}

export const DRAFTS = "spotter.draft.";

/** What the names of all drafts of a person begin with. */
export function draftsOf(meId: string): string {
  return `${DRAFTS}${meId}.`;
}

function nameOf({ meId, conversationId }: DraftKey): string {
  return draftsOf(meId) + conversationId;
}
