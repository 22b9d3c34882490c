const DEADLINE_MS = 30_000;
const AGAIN_MS = 50;

/** Asks again and again until it holds; fails after half a minute. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
