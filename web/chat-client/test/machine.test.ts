import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Event } from "../src/connection/events.ts";
import { polls } from "../src/connection/machine.ts";
import type { ServerFrame } from "../src/protocol.ts";
import { Machine, welcome } from "./kit/machine.ts";

describe("coming up", () => {
  test("goes from token to socket to welcome, and is connected when synced", () => {
    const one = new Machine();

    one.on({ type: "start" });
    expect(one.did).toEqual(["getToken"]);
    one.on({ type: "tokenReady" });
    expect(one.did).toEqual(["open 1"]);
    one.on({ type: "opened", socket: 1 });
    expect(one.did).toEqual(["hello 1"]);
    one.frame(1, welcome);
    expect(one.status).toEqual({ state: "connecting" });
    one.frame(1, { type: "synced" });

    expect(one.status).toEqual({ state: "connected" });
    expect(one.phase).toBe("live");
  });

  test("gives a socket five seconds, then asks over HTTP why it was refused", () => {
    const one = new Machine().start();

    one.wait(4_999);
    expect(one.phase).toBe("connecting");
    one.wait(1);

    expect(one.did).toEqual(["close 1", "ask"]);
  });

  test("is signed out when the host page has no token three times in a row, and back when it has one", () => {
    const one = new Machine().on({ type: "start" });
    for (let times = 0; times < 2; times++) {
      one.on({ type: "tokenFailed" });
      expect(one.phase).toBe("waiting");
      one.wait(30_000);
    }
    one.on({ type: "tokenFailed" });
    expect(one.status).toEqual({ state: "error", reason: "signed_out", code: null });

    one.on({ type: "wake" });

    expect(one.did).toEqual(["getToken"]);
  });

  test("a token that cannot be had during a hand-over leaves the living socket alone", () => {
    const one = new Machine().live();
    one.frame(1, { type: "reconnect", afterMs: 0 });

    for (let times = 0; times < 5; times++) one.wait(10_000, "heard").on({ type: "tokenFailed" });

    expect(one.status).toEqual({ state: "connected" });
  });

  test("a proxy that lets nothing through but the upgrade leads to polling", () => {
    const one = new Machine().start();
    for (const socket of [1, 2]) {
      one.on({ type: "opened", socket });
      one.wait(10_000);
      expect(one.did).toEqual([`close ${socket}`]);
      one.wait(30_000);
      one.on({ type: "tokenReady" });
    }

    expect(polls(one.state)).toBe(true);
  });
});

describe("a refusal before the upgrade", () => {
  test("that is final stops", () => {
    const one = new Machine().start();
    one.on({ type: "closed", socket: 1, code: 1006 });

    one.on({ type: "answered", answer: { kind: "refused", code: "forbidden", retryAfterMs: null } });

    expect(one.status).toEqual({ state: "error", reason: "forbidden", code: "forbidden" });
    expect(one.next).toBeNull();
  });

  test("that passes waits as long as the server asks", () => {
    const one = new Machine().start();
    one.on({ type: "closed", socket: 1, code: 1006 });

    one.on({ type: "answered", answer: { kind: "refused", code: "overloaded", retryAfterMs: 9_000 } });

    expect(one.status).toMatchObject({ reason: "waiting", retryAt: one.now + 9_000 });
  });

  test("of the token is tried with another one once, then means signed out", () => {
    const one = new Machine().start();
    const answer = { kind: "refused" as const, code: "token_expired" as const, retryAfterMs: null };
    one.on({ type: "closed", socket: 1, code: 1006 });
    one.on({ type: "answered", answer });
    one.wait(30_000);
    expect(one.did).toEqual(["getToken"]);
    one.on({ type: "tokenReady" });
    one.on({ type: "closed", socket: 2, code: 1006 });

    one.on({ type: "answered", answer });

    expect(one.status).toEqual({ state: "error", reason: "signed_out", code: "token_expired" });
  });

  test("that only sockets meet leads to polling, and back when one is welcome", () => {
    const one = new Machine().start();
    for (const socket of [1, 2]) {
      one.on({ type: "closed", socket, code: 1006 });
      one.on({ type: "answered", answer: { kind: "fine" } });
      one.wait(30_000);
      one.on({ type: "tokenReady" });
    }
    expect(polls(one.state)).toBe(true);

    one.on({ type: "opened", socket: 3 });
    one.frame(3, welcome);

    expect(polls(one.state)).toBe(false);
  });
});

describe("a lost socket", () => {
  test("is followed by attempts with full jitter between the server's bounds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 12 }),
        (rolls) => {
          const one = new Machine().live();
          rolls.forEach((random, failures) => {
            one.random = random;
            one.on({ type: "closed", socket: one.state.sockets, code: 4000 });
            const delay = (one.next ?? 0) - one.now;
            expect(delay).toBeGreaterThanOrEqual(250);
            expect(delay).toBeLessThanOrEqual(Math.min(30_000, 250 * 2 ** (failures + 1)));
            one.wait(delay);
            one.on({ type: "tokenReady" });
            one.on({ type: "opened", socket: one.state.sockets });
          });
        },
      ),
    );
  });

  test("starts the backoff over after thirty seconds live", () => {
    const one = new Machine().live();
    one.random = 0.999;
    for (let times = 0; times < 6; times++) one.lose(4000).comeBack();
    one.lose(4000);
    expect((one.next ?? 0) - one.now).toBeGreaterThan(10_000);
    one.comeBack().wait(29_999, "heard");
    one.wait(1, "heard");

    one.lose(4000);

    expect((one.next ?? 0) - one.now).toBeLessThanOrEqual(500);
  });

  test.each([
    [4500, "protocol"],
    [4503, "forbidden"],
    [4504, "replaced"],
    [4505, "revoked"],
  ] as const)("closed %i is final: %s", (code, reason) => {
    const one = new Machine().live().lose(code);

    expect(one.status).toMatchObject({ state: "error", reason });
    expect(one.next).toBeNull();
    one.on({ type: "online" });
    one.on({ type: "wake" });
    expect(one.phase).toBe("refused");
    one.on({ type: "reconnect" });
    expect(one.phase).toBe("gettingToken");
  });

  test("whose token ran out reconnects at once", () => {
    const one = new Machine().live();
    one.wait(20_000, "heard");

    one.lose(4401);

    expect(one.did).toEqual(["getToken"]);
  });
});

describe("a silent socket", () => {
  test("is given up after interval and grace, not before", () => {
    const one = new Machine().live();
    one.wait(34_999);
    expect(one.phase).toBe("live");

    one.wait(1);

    expect(one.did).toEqual(["close 1"]);
    expect(one.phase).toBe("waiting");
  });

  test("is asked on wake, and given up when it does not answer", () => {
    const one = new Machine().live();
    one.on({ type: "wake" });
    expect(one.did).toEqual(["probe"]);

    one.wait(5_000);

    expect(one.phase).toBe("waiting");
  });

  test("that answers the probe stays", () => {
    const one = new Machine().live();
    one.on({ type: "wake" });
    one.wait(4_000, "heard");

    one.wait(5_000);

    expect(one.phase).toBe("live");
  });

  test("answers a ping", () => {
    const one = new Machine().live();

    one.frame(1, { type: "ping" });

    expect(one.did).toEqual(["pong 1"]);
  });
});

describe("the network", () => {
  test("gone closes the socket, and back connects at once", () => {
    const one = new Machine().live();
    one.on({ type: "offline" });
    expect(one.did).toEqual(["close 1"]);
    expect(one.status).toEqual({ state: "disconnected", reason: "offline", retryAt: null });
    expect(one.next).toBeNull();

    one.on({ type: "online" });

    expect(one.did).toEqual(["getToken"]);
  });

  test("focus ends a wait", () => {
    const one = new Machine().live().lose(4000);

    one.on({ type: "wake" });

    expect(one.phase).toBe("gettingToken");
  });
});

describe("a hand-over", () => {
  test("opens the next socket after the time asked for, and closes the old one when the next is welcome", () => {
    const one = new Machine().live();
    one.frame(1, { type: "reconnect", afterMs: 2_000 });
    expect(one.phase).toBe("handingOver");
    expect(one.status).toEqual({ state: "connected" });
    one.wait(2_000, "heard");
    one.on({ type: "tokenReady" });
    expect(one.did).toEqual(["open 2"]);
    one.on({ type: "opened", socket: 2 });
    expect(one.state.link?.socket).toBe(1);

    one.frame(2, welcome);

    expect(one.did).toEqual(["close 1"]);
    expect(one.state.link?.socket).toBe(2);
    one.on({ type: "closed", socket: 1, code: 4504 });
    expect(one.phase).toBe("syncing");
  });

  test("goes on when the new socket is what closed the old one", () => {
    const one = new Machine().live();
    one.frame(1, { type: "reconnect", afterMs: 0 });
    one.wait(0);
    one.on({ type: "tokenReady" });
    one.on({ type: "opened", socket: 2 });

    one.on({ type: "closed", socket: 1, code: 4504 });

    expect(one.phase).toBe("hello");
    one.frame(2, welcome);
    expect(one.phase).toBe("syncing");
  });
});

describe("the broker away", () => {
  test("polls while the socket stays, until it is back", () => {
    const one = new Machine().live();

    one.frame(1, { type: "status", live: false });
    expect(polls(one.state)).toBe(true);
    expect(one.status).toEqual({ state: "connected" });
    one.frame(1, { type: "status", live: true });

    expect(polls(one.state)).toBe(false);
  });
});

describe("whatever happens", () => {
  const socket = fc.integer({ min: 1, max: 4 });
  const events: fc.Arbitrary<Event> = fc.oneof(
    fc.constantFrom<Event>(
      { type: "start" },
      { type: "reconnect" },
      { type: "tokenReady" },
      { type: "online" },
      { type: "offline" },
      { type: "wake" },
      { type: "tick" },
      { type: "answered", answer: { kind: "fine" } },
      { type: "answered", answer: { kind: "refused", code: "unavailable", retryAfterMs: null } },
    ),
    socket.map((id): Event => ({ type: "opened", socket: id })),
    fc
      .tuple(socket, fc.constantFrom(1006, 4000, 4401))
      .map(([id, code]): Event => ({ type: "closed", socket: id, code })),
    fc
      .tuple(
        socket,
        fc.constantFrom<ServerFrame>(
          { type: "ping" },
          { type: "synced" },
          { type: "reconnect", afterMs: 50 },
        ),
      )
      .map(([id, frame]): Event => ({ type: "frame", socket: id, frame })),
    socket.map((id): Event => ({ type: "frame", socket: id, frame: welcome })),
  );

  test("there is always a way on: a timer, a question under way, or somebody to wait for", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(events, fc.nat(20_000)), { size: "max", maxLength: 60 }),
        (happenings) => {
          const one = new Machine();
          one.on({ type: "start" });
          for (const [event, ms] of happenings) {
            one.wait(ms);
            one.on(event);
            const waitsForSomebody = ["gettingToken", "asking", "offline", "refused"].includes(
              one.state.attempt.at,
            );
            expect(one.next !== null || waitsForSomebody).toBe(true);
            expect(one.open.size).toBeLessThanOrEqual(2);
          }
        },
      ),
    );
  });
});
