import type { ChatStatus } from "@spotter/chat-client";
import { expect, test } from "vitest";
import english from "../texts.en.json";
import { badgeOf, secondsUntil } from "./badge";

const statuses: [ChatStatus, string, boolean][] = [
  [{ state: "connecting" }, "badge.connecting", false],
  [{ state: "connected" }, "badge.connected", false],
  [{ state: "disconnected", reason: "offline", retryAt: null }, "badge.disconnected", true],
  [{ state: "disconnected", reason: "waiting", retryAt: 5 }, "badge.disconnected", true],
  [{ state: "error", reason: "forbidden", code: "forbidden" }, "badge.error", true],
  [{ state: "error", reason: "signed_out", code: null }, "badge.error", true],
  [{ state: "error", reason: "replaced", code: null }, "badge.error", true],
  [{ state: "error", reason: "revoked", code: null }, "badge.error", true],
  [{ state: "error", reason: "protocol", code: null }, "badge.error", true],
];

test.each(statuses)(
  "%j is shown, with a reconnect button only where one helps",
  (status, label, reconnect) => {
    const badge = badgeOf(status);

    expect(badge).toMatchObject({ label, reconnect });
    for (const id of [badge.label, badge.detail]) if (id) expect(Object.keys(english)).toContain(id);
  },
);

test("a countdown runs in whole seconds and stops at zero", () => {
  expect([4001, 4000, 1, 0, -500].map((left) => secondsUntil(10_000 + left, 10_000))).toEqual([
    5, 4, 1, 0, 0,
  ]);
});
