import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { button, click, render } from "../testing/render";
import { LateBoundary } from "./LateBoundary";
import { lazyPart } from "./lazyPart";

beforeEach(() => {
  vi.useFakeTimers();
  // React reports what a boundary caught.
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("a part that never comes says so, and leaves the rest of the page alone", async () => {
  const onClose = vi.fn();
  const Gone = lazyPart(() => Promise.reject(new Error("404")));
  const { container } = await render(
    <>
      <p>half a sentence</p>
      <LateBoundary onClose={onClose}>
        <Gone />
      </LateBoundary>
    </>,
  );
  expect(container.querySelector("[role=status]")?.textContent).toContain("Opening");

  await act(async () => void (await vi.advanceTimersByTimeAsync(20_000)));
  await click(button(container, "Close"));

  expect(container.querySelector("[role=alert]")?.textContent).toContain("could not be opened");
  expect(container.textContent).toContain("half a sentence");
  expect(onClose).toHaveBeenCalledOnce();
});
