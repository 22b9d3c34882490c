import type { Attachment, ChatMessage } from "@spotter/chat-client";
import { conversationOf, minutesAgo, type Person } from "./cast";

/** What a scene says of one message; the rest follows from who writes to whom. */
export interface Line extends Partial<ChatMessage> {
  from: Person;
  /** Before the scene's moment. */
  minutes: number;
}

export interface Pair {
  trainer: Person;
  client: Person;
  /** Whose screen it is. */
  me: Person;
}

/** Rows in order, numbered from `first`. */
export function rows(pair: Pair, lines: readonly Line[], first = 1): ChatMessage[] {
  return lines.map(({ from, minutes, ...line }, at) => {
    const own = from.id === pair.me.id;
    const seq = first + at;
    return {
      id: `00000000-0000-7000-8000-${String(seq).padStart(12, "0")}`,
      conversationId: conversationOf(pair.trainer, pair.client),
      seq,
      position: seq,
      senderId: from.id,
      own,
      text: null,
      attachments: [],
      replyTo: null,
      reactions: [],
      sentAt: minutesAgo(minutes),
      editedAt: null,
      deletedAt: null,
      state: own ? "read" : "received",
      failure: null,
      ...line,
    };
  });
}

/** A row that is still in the outbox. */
export const UNSENT = { seq: null, position: null } as const;

export function image(
  id: string,
  url: string,
  width: number,
  height: number,
  placeholder: string,
): Attachment {
  return {
    ...bare(id, "image/jpeg", 412_000),
    url,
    thumbnailUrl: url,
    name: `${id}.jpg`,
    width,
    height,
    placeholder,
  };
}

export function voice(id: string, durationMs: number, seed: number): Attachment {
  // Speech comes in bursts: two slow waves and some grain.
  const level = (at: number) =>
    Math.abs(Math.sin(at * 0.31 + seed) * Math.sin(at * 0.11 + seed * 2)) * 200 +
    ((at * 37 + seed * 11) % 55);
  const waveform = Array.from({ length: 64 }, (_, at) => Math.min(255, Math.round(level(at))));
  return { ...bare(id, "audio/mp4", 96_000), url: silence(durationMs), durationMs, waveform };
}

export function pdf(id: string, name: string, size: number): Attachment {
  return { ...bare(id, "application/pdf", size), url: "data:application/pdf,", name };
}

function bare(id: string, contentType: string, size: number): Attachment {
  return {
    id,
    url: "",
    contentType,
    size,
    name: null,
    width: null,
    height: null,
    placeholder: null,
    durationMs: null,
    waveform: null,
  };
}

const SILENCES = new Map<number, string>();

/** A WAV file of that length, so that a voice message plays without a server. */
function silence(durationMs: number): string {
  const known = SILENCES.get(durationMs);
  if (known) return known;
  const rate = 4_000;
  const samples = Math.round((durationMs / 1_000) * rate);
  const view = new DataView(new ArrayBuffer(44 + samples));
  const ascii = (at: number, text: string) => {
    for (const [offset, letter] of [...text].entries()) view.setUint8(at + offset, letter.charCodeAt(0));
  };
  ascii(0, "RIFF");
  view.setUint32(4, 36 + samples, true);
  ascii(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  ascii(36, "data");
  view.setUint32(40, samples, true);
  // Eight-bit silence lies in the middle.
  new Uint8Array(view.buffer, 44).fill(128);
  const url = URL.createObjectURL(new Blob([view.buffer], { type: "audio/wav" }));
  SILENCES.set(durationMs, url);
  return url;
}
