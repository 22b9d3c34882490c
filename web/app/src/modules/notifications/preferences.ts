import type { Readable } from "@spotter/chat-client";
import type { Preferences } from "./rules";

const KEY = "spotter.notifications";
const UNDECIDED: Preferences = { wanted: null, showText: true };

/** What was decided on this device; all tabs of the browser share it. */
export class PreferenceStore implements Readable<Preferences> {
  #current = stored();
  readonly #listeners = new Set<() => void>();

  readonly get = (): Preferences => this.#current;

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) window.addEventListener("storage", this.#reread);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) window.removeEventListener("storage", this.#reread);
    };
  };

  change(next: Partial<Preferences>): void {
    this.#show({ ...this.#current, ...next });
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#current));
    } catch {
      // Without storage the decision lasts as long as the page.
    }
  }

  readonly #reread = ({ key }: StorageEvent): void => {
    if (key === KEY || key === null) this.#show(stored());
  };

  #show(next: Preferences): void {
    this.#current = next;
    for (const listener of this.#listeners) listener();
  }
}

export const preferences = new PreferenceStore();

function stored(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null") as Partial<
      Record<keyof Preferences, unknown>
    > | null;
    return {
      wanted: typeof kept?.wanted === "boolean" ? kept.wanted : null,
      showText: kept?.showText !== false,
    };
  } catch {
    return UNDECIDED;
  }
}
