import { DRAFTS, draftsOf } from "./modules/conversation/composer/drafts";

const PREFIX = "spotter.";

/** Choices of the device rather than of a person: they outlast a sign-out. */
const OF_THE_DEVICE: ReadonlySet<string> = new Set(["spotter.theme", "spotter.locale"]);

/** Wipes what the app itself remembers of a person: drafts, recent emoji, answers to questions. */
export function forgetPerson(meId: string | null): void {
  try {
    for (const key of Object.keys(localStorage)) if (isOf(key, meId)) localStorage.removeItem(key);
  } catch {
    // There is nothing to wipe where nothing may be kept.
  }
}

/** Drafts of somebody else who uses this browser are theirs to keep. */
function isOf(key: string, meId: string | null): boolean {
  if (key.startsWith(DRAFTS)) return meId !== null && key.startsWith(draftsOf(meId));
  return key.startsWith(PREFIX) && !OF_THE_DEVICE.has(key);
}
