const LEADER = "spotter.notifications.leader";
const VISIBLE = "spotter.visible";

/** What the tabs of one browser know of each other, by locks alone: a tab that dies lets go of its own. */
export interface Tabs {
  /** Whether this tab notifies for all. */
  leads(): boolean;
  /** Whether some tab of the app is in front of the person. */
  visibleSomewhere(): Promise<boolean>;
  leave(): void;
}

/** Joins the other tabs; ends with `leave`. */
export function joinTabs(locks: LockManager | undefined = navigator.locks): Tabs {
  // An old browser without locks: each tab speaks for itself.
  if (!locks) return { leads: () => true, visibleSomewhere: async () => isVisible(), leave: () => {} };
  const left = new AbortController();
  let leader = false;
  void hold(locks, LEADER, "exclusive", left.signal, () => {
    leader = true;
  });
  const unwatch = whileVisible((signal) => void hold(locks, VISIBLE, "shared", signal));
  return {
    leads: () => leader,
    async visibleSomewhere() {
      if (isVisible()) return true;
      const { held = [] } = await locks.query();
      return held.some(({ name }) => name === VISIBLE);
    },
    leave() {
      left.abort();
      unwatch();
      leader = false;
    },
  };
}

async function hold(
  locks: LockManager,
  name: string,
  mode: LockMode,
  signal: AbortSignal,
  onHeld: () => void = () => {},
): Promise<void> {
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  try {
    await locks.request(name, { mode, signal }, () => {
      onHeld();
      return aborted;
    });
  } catch {
    // Left before its turn came.
  }
}

/** Calls `enter` each time the page becomes visible; its signal ends when it is hidden. */
function whileVisible(enter: (signal: AbortSignal) => void): () => void {
  let seen: AbortController | null = null;
  const update = () => {
    if (isVisible() && !seen) {
      seen = new AbortController();
      enter(seen.signal);
    } else if (!isVisible()) {
      seen?.abort();
      seen = null;
    }
  };
  update();
  document.addEventListener("visibilitychange", update);
  return () => {
    document.removeEventListener("visibilitychange", update);
    seen?.abort();
  };
}

function isVisible(): boolean {
  return document.visibilityState === "visible";
}
