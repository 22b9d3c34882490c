/** Lets one tab at a time do something. */
export interface Locks {
  run(name: string, work: () => Promise<void>): Promise<void>;
}

/** Shared by the tabs of one browser, through Web Locks. Where they lack, tabs only agree with themselves. */
export function tabLocks(prefix: () => string): Locks {
  const locks = globalThis.navigator?.locks;
  if (!locks) return ownLocks();
  return {
    run: async (name, work) => {
      await locks.request(`${prefix()}-${name}`, work);
    },
  };
}

/** Without Web Locks two tabs may send the same item: the server takes its id once, so nothing doubles. */
export function ownLocks(): Locks {
  const tails = new Map<string, Promise<void>>();
  return {
    run(name, work) {
      const before = tails.get(name) ?? Promise.resolve();
      const turn = before.then(work, work);
      tails.set(name, turn);
      return turn;
    },
  };
}
