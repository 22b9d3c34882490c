import { expect, test, vi } from "vitest";
import { bearerOf, tokens } from "../src/api/token.ts";

const ID = "0f8b9a52-6c1e-4f0a-9d35-7be1c1b1a001";
const XML = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
const MICROSOFT = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

test.each([
  [{ sub: ID, role: "User" }],
  [{ sub: ID.toUpperCase(), role: ["Other", "User"] }],
  [{ nameid: ID, role: "User" }],
  [{ [XML]: ID, [MICROSOFT]: "User" }],
])("a token tells whom it speaks for: %o", (claims) => {
  expect(bearerOf(jwt(claims))).toEqual({ id: ID, role: "User" });
});

test.each(["", "a.b.c", jwt({ role: "User" }), jwt({ sub: 7 })])("or it does not: %s", (token) => {
  expect(bearerOf(token)).toBeNull();
});

test("a token is kept until it is about to end or was refused, and asked for once at a time", async () => {
  let now = 0;
  let asked = 0;
  const kept = tokens(
    async () => {
      asked += 1;
      return jwt({ sub: ID, exp: now / 1000 + 600, n: asked });
    },
    () => now,
  );

  await Promise.all([kept.get(), kept.get()]);
  await kept.get();
  expect(asked).toBe(1);
  now += 580_000;
  const second = await kept.get();
  expect(asked).toBe(2);
  kept.refused("another token");
  await kept.get();
  expect(asked).toBe(2);
  kept.refused(second);
  await kept.get();

  expect(asked).toBe(3);
});

test("a host page that does not answer is not waited for without end", async () => {
  vi.useFakeTimers();
  const kept = tokens(() => new Promise(() => {}), Date.now);
  const answer = kept.get().then(
    () => "a token",
    () => "none",
  );

  await vi.advanceTimersByTimeAsync(15_000);

  expect(await answer).toBe("none");
  vi.useRealTimers();
});

function jwt(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;
}
