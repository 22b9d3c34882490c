import { type ComponentType, type LazyExoticComponent, lazy } from "react";

const TRIES = 4;
const PAUSE_MS = 1_000;

/** A component in its own chunk, with a name rather than as a default export. */
export function lazyPart<P>(load: () => Promise<ComponentType<P>>): LazyExoticComponent<ComponentType<P>> {
  return lazy(async () => ({ default: await persistently(load) }));
}

/**
 * Asks again for a chunk that did not come: React would remember the failure for ever, and a tunnel must
 * not end the app. Gives up while online after some tries: then a newer version has replaced this one,
 * and only loading the page again helps.
 */
export async function persistently<T>(load: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await load();
    } catch (error) {
      if (tries >= TRIES && navigator.onLine) throw error;
      await onlineOrAfter(PAUSE_MS * tries);
    }
  }
}

function onlineOrAfter(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done);
    function done() {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    }
  });
}
