const PREFIX = "spotter.";

/** Choices of the device rather than of a person: they outlast a sign-out. */
const OF_THE_DEVICE: ReadonlySet<string> = new Set(["spotter.theme", "spotter.locale"]);

/** Wipes what the app itself remembers of a person: drafts, recent emoji, answers to questions. */
export function forgetPerson(): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && !OF_THE_DEVICE.has(key)) localStorage.removeItem(key);
    }
  } catch {
    // There is nothing to wipe where nothing may be kept.
  }
}
