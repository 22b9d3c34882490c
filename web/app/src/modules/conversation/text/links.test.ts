import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linkPieces } from "./links";

const links = (text: string) =>
  linkPieces(text).flatMap((piece) => (piece.kind === "link" ? [piece.text] : []));

describe("links in a message", () => {
  test("are found between words", () => {
    expect(linkPieces("see https://example.com/a?b=c#d now")).toEqual([
      { kind: "text", text: "see " },
      { kind: "link", text: "https://example.com/a?b=c#d", href: "https://example.com/a?b=c#d" },
      { kind: "text", text: " now" },
    ]);
  });

  test("may leave out the scheme", () => {
    expect(linkPieces("www.example.com")).toEqual([
      { kind: "link", text: "www.example.com", href: "https://www.example.com/" },
    ]);
  });

  test.each([
    ["Read https://example.com.", "https://example.com"],
    ["(https://example.com/a)", "https://example.com/a"],
    ["https://en.wikipedia.org/wiki/Squat_(exercise)", "https://en.wikipedia.org/wiki/Squat_(exercise)"],
    ["https://example.com/a, or not?", "https://example.com/a"],
    ["HTTPS://EXAMPLE.COM/Ä", "HTTPS://EXAMPLE.COM/Ä"],
  ])("end where the address ends: %s", (text, link) => {
    expect(links(text)).toEqual([link]);
  });

  test.each([
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "https://",
    "http://localhost",
    "https://bank.example@evil.example",
    "https://user:pass@evil.example/",
    "someone@www.example.com",
  ])("are never made of %s", (text) => {
    expect(links(text)).toEqual([]);
  });

  test("stop before a bidi control that would turn them round", () => {
    expect(links("https://example.com/\u202egpj.exe")).toEqual(["https://example.com/"]);
  });

  test("keep every character of the text, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.webUrl(), fc.string(), (before, url, after) => {
        const text = `${before} ${url}${after}`;

        expect(
          linkPieces(text)
            .map((piece) => piece.text)
            .join(""),
        ).toBe(text);
      }),
    );
  });

  test("lead to the web only", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("http", "s", "://", "www.", "javascript:", ".", "a", "@", "\u202e", "/", " "),
        }),
        (text) => {
          for (const piece of linkPieces(text))
            if (piece.kind === "link") expect(piece.href).toMatch(/^https?:\/\/[^@/]+\//);
        },
      ),
    );
  });
});
