import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { onScreen } from "../../../gallery/onScreen";
import { NotificationBar } from "./NotificationBar";
import { preferences } from "./preferences";
import { received } from "./received";

describe("the question about notifications", () => {
  const requestPermission = vi.fn<() => Promise<NotificationPermission>>();

  beforeEach(() => {
    vi.stubGlobal("Notification", { permission: "default", requestPermission });
    preferences.change({ wanted: null });
    received.set(false);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    requestPermission.mockReset();
  });

  it("comes after the first message, not before", async () => {
    const screen = await onScreen(<NotificationBar />);
    expect(screen.text()).toBe("");

    await act(async () => received.set(true));

    expect(screen.text()).toContain("Hear of new messages");
    expect(requestPermission).not.toHaveBeenCalled();
  });

  it("asks the browser only when it is pressed, and keeps the answer", async () => {
    requestPermission.mockResolvedValue("granted");
    received.set(true);
    const screen = await onScreen(<NotificationBar />);

    await screen.press("Turn on");

    expect(preferences.get().wanted).toBe(true);
    expect(screen.text()).toBe("");
  });

  it("may come again when the browser's question was closed without an answer", async () => {
    requestPermission.mockResolvedValue("default");
    received.set(true);
    const screen = await onScreen(<NotificationBar />);

    await screen.press("Turn on");

    expect(preferences.get().wanted).toBeNull();
    expect(screen.text()).toContain("Hear of new messages");
  });

  it("takes no for an answer", async () => {
    received.set(true);
    const screen = await onScreen(<NotificationBar />);

    await screen.press("No thanks");

    expect(preferences.get().wanted).toBe(false);
    expect(requestPermission).not.toHaveBeenCalled();
  });
});
