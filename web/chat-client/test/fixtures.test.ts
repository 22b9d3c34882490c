import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isRetryable } from "../src/api/error.ts";
import { problem } from "../src/api/http.ts";
import { frameOf } from "../src/outbox/delivery.ts";
import { isSyncResponse } from "../src/over-http.ts";
import { BEARER_SUBPROTOCOL, CLOSE, ERRORS, LIMITS, reconnects, SUBPROTOCOL } from "../src/protocol.ts";
import { isEntry, isMessage, parseFrame } from "../src/wire/frames.ts";
import * as numbers from "../src/wire/numbers.ts";
import { list, shape } from "../src/wire/shape.ts";

const folder = new URL("../../../shared/protocol/fixtures/", import.meta.url);
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({
    name: name.slice(0, -".json".length),
    text: readFileSync(new URL(name, folder), "utf8"),
  }));
const named = (prefix: string) => fixtures.filter(({ name }) => name.startsWith(prefix));
const json = (name: string): unknown =>
  JSON.parse(fixtures.find((fixture) => fixture.name === name)?.text ?? "");

describe("the golden files that Rust reads too", () => {
  test.each(named("server."))("$name is a frame", ({ text }) => {
    expect(parseFrame(text)).toEqual(JSON.parse(text));
  });

  test.each(named("message."))("$name is a message", ({ text }) => {
    expect(isMessage(JSON.parse(text))).toBe(true);
  });

  test.each(named("problem."))("$name becomes an error with the same code", ({ text }) => {
    const body = JSON.parse(text);

    const error = problem(body.status, body);

    expect(error).toMatchObject({ code: body.code, retryable: body.retryable });
    expect(error.retryAfterMs).toBe(body.retryAfterMs ?? null);
    expect(error.field).toBe(body.field ?? null);
  });

  test("answers over HTTP are taken", () => {
    expect(list(isMessage)(json("http.history"))).toBe(true);
    expect(shape({ data: list(isEntry) })(json("http.conversations"))).toBe(true);
    expect(isEntry(json("http.marks"))).toBe(true);
    expect(isSyncResponse(json("http.sync-response"))).toBe(true);
  });

  test("an item becomes the frame that the server expects", () => {
    const send = json("client.send-reply") as {
      ref: number;
      conversationId: string;
      id: string;
      text: string;
    };
    const base = { conversationId: send.conversationId, at: "", failure: null };

    const { traceparent, ...sent } = frameOf(
      { ...base, kind: "send", id: send.id, text: send.text, replyTo: 815 },
      3,
    ) as { traceparent?: string };
    expect(sent).toEqual(send);
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(traceparent).toContain(send.id.replaceAll("-", ""));
    const seqs = { ...base, id: "x" };
    expect(frameOf({ ...seqs, kind: "delete", seq: 806 }, 6)).toEqual(json("client.delete"));
    expect(frameOf({ ...seqs, kind: "react", seq: 812, emoji: "💪", on: true }, 7)).toEqual(
      json("client.react"),
    );
    const edit = { ...seqs, kind: "edit" as const, seq: 809, text: "Bring the blue bands, please." };
    expect(frameOf(edit, 4)).toEqual(json("client.edit"));
  });

  test("the closed lists are the same", () => {
    const codes = json("codes.errors") as { code: keyof typeof ERRORS; status: number; retryable: boolean }[];
    expect(Object.fromEntries(codes.map(({ code, ...rest }) => [code, rest]))).toEqual(ERRORS);
    for (const { code, retryable } of codes) expect(isRetryable(code)).toBe(retryable);
    const closes = json("codes.close") as { code: number; reason: string; reconnects: boolean }[];
    expect(Object.fromEntries(closes.map(({ code, reason }) => [reason, code]))).toEqual(CLOSE);
    expect(numbers).toMatchObject({ TOKEN_EXPIRED: CLOSE.token_expired, FORBIDDEN: CLOSE.forbidden });
    expect(numbers).toMatchObject({ REPLACED: CLOSE.replaced, REVOKED: CLOSE.revoked });
    const { UNREAD, IDS, RESUME_POSITIONS } = LIMITS;
    expect(numbers).toMatchObject({ UNREAD, IDS, RESUME_POSITIONS, SUBPROTOCOL, BEARER_SUBPROTOCOL });
    for (const { code, reconnects: again } of closes) expect(reconnects(code)).toBe(again);
  });
});

describe("a frame that is none", () => {
  test.each([
    ["no text", new ArrayBuffer(3)],
    ["no JSON", "{"],
    ["no object", "[1]"],
    ["an unknown type", '{"type":"fireworks"}'],
    ["a name of every object", '{"type":"toString"}'],
    ["a missing field", '{"type":"receipt","conversationId":"c","userId":"u","deliveredSeq":1}'],
    ["a wrong type", '{"type":"status","live":"yes"}'],
    ["a broken row", '{"type":"message","conversationId":"c","position":1,"message":{"id":"x"}}'],
    ["a number that is no count", '{"type":"authExpiring","inMs":-1}'],
  ])("is ignored: %s", (_, raw) => {
    expect(parseFrame(raw)).toBeNull();
  });
});
