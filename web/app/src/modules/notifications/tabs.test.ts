import { afterEach, describe, expect, it, vi } from "vitest";
import { joinTabs } from "./tabs";

describe("the tabs of one browser", () => {
  afterEach(() => vi.restoreAllMocks());

  it("choose one to notify, and another when that one closes", async () => {
    const locks = new FakeLocks();
    const first = joinTabs(locks);
    const second = joinTabs(locks);
    expect([first.leads(), second.leads()]).toEqual([true, false]);

    first.leave();
    await turns();

    expect([first.leads(), second.leads()]).toEqual([false, true]);
    second.leave();
  });

  it("know when one of them is in front of the person", async () => {
    const locks = new FakeLocks();
    show("visible");
    const front = joinTabs(locks);
    // The same document plays both tabs: what the other one sees is only what the locks say.
    show("hidden");
    const back = joinTabs(locks);
    expect(await back.visibleSomewhere()).toBe(true);

    document.dispatchEvent(new Event("visibilitychange"));
    await turns();
    expect(await back.visibleSomewhere()).toBe(false);

    front.leave();
    back.leave();
  });
});

function show(state: DocumentVisibilityState): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

/** Web Locks, as far as the tabs use them. */
class FakeLocks {
  readonly #held: { name: string; mode: LockMode }[] = [];
  readonly #waiting: { name: string; mode: LockMode; run(): Promise<void> }[] = [];

  readonly request = ((
    name: string,
    { mode = "exclusive", signal }: LockOptions,
    enter: () => Promise<void>,
  ) =>
    new Promise<void>((resolve, reject) => {
      const lock = { name, mode };
      const run = async () => {
        this.#held.push(lock);
        await enter();
        this.#held.splice(this.#held.indexOf(lock), 1);
        resolve();
        this.#pump();
      };
      const waiting = { ...lock, run };
      this.#waiting.push(waiting);
      signal?.addEventListener("abort", () => {
        const at = this.#waiting.indexOf(waiting);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        reject(signal.reason);
      });
      this.#pump();
    })) as LockManager["request"];

  readonly query = async () => ({ held: [...this.#held], pending: [] });

  #pump(): void {
    for (const waiting of [...this.#waiting]) {
      const others = this.#held.filter(({ name }) => name === waiting.name);
      const free =
        others.every(({ mode }) => mode === "shared") && (waiting.mode === "shared" || others.length === 0);
      if (!free) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      void waiting.run();
    }
  }
}
