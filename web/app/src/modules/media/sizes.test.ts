import { expect, it } from "vitest";
import { clockText, sizeText } from "./sizes";

it("says sizes as people do, in their language", () => {
  expect(sizeText(248_320, "en")).toBe("248 kB");
  expect(sizeText(12, "en")).toBe("1 kB");
  expect(sizeText(1_240_000, "de")).toBe("1,2 MB");
  expect(sizeText(10_485_760, "en")).toBe("10 MB");
});

it("says lengths in minutes and seconds", () => {
  expect(clockText(37_900)).toBe("0:37");
  expect(clockText(300_000)).toBe("5:00");
  expect(clockText(-1)).toBe("0:00");
});
