import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { persistently } from "./lazyPart";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("a chunk that did not come is asked for again", async () => {
  const load = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(new Error("cut"))
    .mockResolvedValue("there");

  const part = persistently(load);
  await vi.advanceTimersByTimeAsync(1_000);

  expect(await part).toBe("there");
});

test("coming back online does not wait", async () => {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  let cut = true;
  const part = persistently(() => (cut ? Promise.reject(new Error("offline")) : Promise.resolve("there")));
  await vi.advanceTimersByTimeAsync(60_000);

  cut = false;
  window.dispatchEvent(new Event("online"));

  expect(await part).toBe("there");
});

test("a chunk of a version that is gone fails after a while", async () => {
  const part = persistently(() => Promise.reject(new Error("404")));
  const failed = expect(part).rejects.toThrow("404");

  await vi.advanceTimersByTimeAsync(10_000);

  await failed;
});
