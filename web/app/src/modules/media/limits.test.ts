import { describe, expect, it } from "vitest";
import { acceptOf, refusalOf } from "./limits";

const limits = {
  frameBytes: 65_536,
  textChars: 4_000,
  attachments: 3,
  editWindowMs: 86_400_000,
  uploads: [
    { types: ["image/jpeg", "image/png"], bytes: 1_000 },
    { types: ["audio/webm"], bytes: 2_000, durationMs: 300_000 },
    { types: ["application/pdf"], bytes: 500 },
  ],
};

describe("what may be uploaded", () => {
  it("takes a file within its group's limit", () => {
    expect(refusalOf(file("image/png", 1_000), limits, 0)).toBeNull();
    expect(refusalOf(file("audio/webm;codecs=opus", 1_500), limits, 2)).toBeNull();
  });

  it("refuses what the server would refuse, and says why", () => {
    expect(refusalOf(file("image/heic", 10), limits, 0)).toEqual({ reason: "type" });
    expect(refusalOf(file("", 10), limits, 0)).toEqual({ reason: "type" });
    expect(refusalOf(file("application/pdf", 501), limits, 0)).toEqual({ reason: "bytes", limit: 500 });
    expect(refusalOf(file("image/png", 0), limits, 0)).toEqual({ reason: "empty" });
    expect(refusalOf(file("image/png", 10), limits, 3)).toEqual({ reason: "count", limit: 3 });
  });

  it("offers images and documents at the button, and no recordings", () => {
    expect(acceptOf(limits)).toBe("image/jpeg,image/png,application/pdf");
  });
});

function file(type: string, bytes: number): Blob {
  return new Blob([new Uint8Array(bytes)], { type });
}
