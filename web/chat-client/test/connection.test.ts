import { expect, test, vi } from "vitest";
import { Connection } from "../src/connection/connection.ts";
import { until } from "./kit/browser.ts";

test("no socket is opened for an attempt that ended while its token was fetched", async () => {
  let tell: (token: string) => void = () => {};
  const late = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const get = vi.fn().mockResolvedValueOnce("a token").mockReturnValueOnce(late);
  const open = vi.fn();
  const connection = new Connection(
    {
      url: "wss://chat.example.com/ws/chat",
      tokens: { get, renew: get, refused: () => {} },
      hello: () => ({ device: "d" }),
      probe: () => null,
      ask: async () => ({ kind: "fine" }),
      frame: () => {},
      changed: () => {},
    },
    { now: () => 0, random: () => 0 },
    open,
  );
  connection.start();
  await until(() => get.mock.calls.length === 2);

  connection.stop();
  tell("a token");
  await late;
  await new Promise((resolve) => setImmediate(resolve));

  expect(open).not.toHaveBeenCalled();
});
