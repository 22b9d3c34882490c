import type { ChatMessage } from "@spotter/chat-client";
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { render } from "../../../testing/render";
import { message } from "./fixtures";
import { useReading } from "./useReading";

const markRead = vi.fn();
let focused = true;

beforeEach(() => {
  focused = true;
  markRead.mockReset();
  vi.spyOn(document, "hasFocus").mockImplementation(() => focused);
});
afterEach(() => vi.restoreAllMocks());

test("what is visible in a focused tab is read", async () => {
  await render(<Reader visible={message({ seq: 7 })} />);

  expect(markRead).toHaveBeenCalledWith(7);
});

test("what arrives while the window is not looked at is read when it is looked at again", async () => {
  focused = false;
  await render(<Reader visible={message({ seq: 7 })} />);
  expect(markRead).not.toHaveBeenCalled();

  focused = true;
  await act(async () => void window.dispatchEvent(new Event("focus")));

  expect(markRead).toHaveBeenCalledWith(7);
});

test("an own message on its way, or nothing, is no mark", async () => {
  const { rerender } = await render(<Reader visible={message({ seq: null, own: true })} />);
  await rerender(<Reader visible={undefined} />);

  expect(markRead).not.toHaveBeenCalled();
});

function Reader({ visible }: { visible: ChatMessage | undefined }) {
  useReading(visible, markRead);
  return null;
}
