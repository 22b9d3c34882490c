import type { ChatMessage } from "@spotter/chat-client";
import { describe, expect, it } from "vitest";
import { deservesNotice, kindOf, mayAsk, titleOf } from "./rules";

const PREFERENCES = { wanted: true, showText: true };
const MOMENT = { permission: "granted", leader: true, visibleSomewhere: false } as const;

describe("a notification", () => {
  it("tells of a message that came while no tab was looked at", () => {
    expect(deservesNotice(message(), PREFERENCES, MOMENT)).toBe(true);
  });

  it("stays quiet for one's own messages and for changes of old ones", () => {
    const quiet = [
      message({ own: true }),
      message({ position: 9, editedAt: "2026-01-01T00:00:00Z" }),
      message({ position: 9, reactions: [{ emoji: "💪", userIds: ["b"] }] }),
      message({ deletedAt: "2026-01-01T00:00:00Z" }),
    ];
    for (const it of quiet) expect(deservesNotice(it, PREFERENCES, MOMENT)).toBe(false);
  });

  it("comes from one tab, and from none while one is in front of the person", () => {
    expect(deservesNotice(message(), PREFERENCES, { ...MOMENT, leader: false })).toBe(false);
    expect(deservesNotice(message(), PREFERENCES, { ...MOMENT, visibleSomewhere: true })).toBe(false);
  });

  it("needs the person's word and the browser's", () => {
    expect(deservesNotice(message(), { ...PREFERENCES, wanted: false }, MOMENT)).toBe(false);
    expect(deservesNotice(message(), { ...PREFERENCES, wanted: null }, MOMENT)).toBe(false);
    expect(deservesNotice(message(), PREFERENCES, { ...MOMENT, permission: "denied" })).toBe(false);
  });

  it("is offered after the first message, once, and never where it cannot be had", () => {
    const undecided = { wanted: null, showText: true };
    expect(mayAsk(undecided, "default", false)).toBe(false);
    expect(mayAsk(undecided, "default", true)).toBe(true);
    expect(mayAsk(undecided, "granted", true)).toBe(true);
    expect(mayAsk(undecided, "denied", true)).toBe(false);
    expect(mayAsk(undecided, "unsupported", true)).toBe(false);
    expect(mayAsk({ ...undecided, wanted: false }, "default", true)).toBe(false);
  });

  it("names what has no words", () => {
    const [image, voice, pdf] = ["image/png", "audio/mp4", "application/pdf"].map(attachment);
    expect(kindOf(message())).toBe("text");
    expect(kindOf(message({ attachments: image ? [image] : [] }))).toBe("image");
    expect(kindOf(message({ attachments: image ? [image, image] : [] }))).toBe("images");
    expect(kindOf(message({ attachments: voice ? [voice] : [] }))).toBe("voice");
    expect(kindOf(message({ attachments: pdf ? [pdf] : [] }))).toBe("document");
  });
});

describe("the title", () => {
  it("counts what is unread", () => {
    expect(titleOf(0, "Spotter")).toBe("Spotter");
    expect(titleOf(3, "Spotter")).toBe("(3) Spotter");
    expect(titleOf(250, "Spotter")).toBe("(99+) Spotter");
  });
});

function message(changes: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id: "m",
    conversationId: "conversation:a:b",
    seq: 5,
    position: 5,
    senderId: "b",
    own: false,
    text: "hello",
    attachments: [],
    replyTo: null,
    reactions: [],
    sentAt: "2026-01-01T00:00:00Z",
    editedAt: null,
    deletedAt: null,
    state: "received",
    failure: null,
    ...changes,
  };
}

function attachment(contentType: string): ChatMessage["attachments"][number] {
  return {
    id: contentType,
    contentType,
    size: 1,
    name: null,
    width: null,
    height: null,
    placeholder: null,
    durationMs: null,
    waveform: null,
  };
}
