import { validate, version } from "uuid";
import { expect, test } from "vitest";
import { uuidv7 } from "../src/wire/uuid.ts";

test("an id is a UUIDv7 to a library of them, and tells its time", () => {
  const id = uuidv7(Date.UTC(2100, 0, 1));

  expect(validate(id)).toBe(true);
  expect(version(id)).toBe(7);
  expect(Number.parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(Date.UTC(2100, 0, 1));
});

test("ids of one tab grow and differ, also when the clock is set back", () => {
  const ids = Array.from({ length: 10_000 }, (_, n) => uuidv7(Date.UTC(2101, 0, 1) - n));

  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});
