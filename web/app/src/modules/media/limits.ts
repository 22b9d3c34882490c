import type { ErrorCode, Limits } from "@spotter/chat-client";

/** Why a file is not even sent: what the server would refuse, said before the wait. */
export type Refusal =
  | { reason: "type" }
  | { reason: "empty" }
  | { reason: "bytes"; limit: number }
  | { reason: "count"; limit: number }
  /** The server looked into it, and sending it again would change nothing. */
  | { reason: "server"; code: ErrorCode };

/** `taken`: how many files the message already has. */
export function refusalOf(file: Blob, limits: Limits, taken: number): Refusal | null {
  if (taken >= limits.attachments) return { reason: "count", limit: limits.attachments };
  const group = limits.uploads.find((uploads) => uploads.types.includes(bareType(file.type)));
  if (!group) return { reason: "type" };
  if (file.size === 0) return { reason: "empty" };
  if (file.size > group.bytes) return { reason: "bytes", limit: group.bytes };
  return null;
}

/** For a file input's `accept`: what the button offers. Voice messages have a button of their own. */
export function acceptOf(limits: Limits): string {
  return limits.uploads
    .flatMap((uploads) => uploads.types)
    .filter((type) => !type.startsWith("audio/"))
    .join(",");
}

/** Recorders add parameters (`audio/webm;codecs=opus`) that limits do not name. */
export function bareType(type: string): string {
  return (type.split(";", 1)[0] ?? "").trim().toLowerCase();
}

export function isImage(contentType: string): boolean {
  return contentType.startsWith("image/");
}

export function isAudio(contentType: string): boolean {
  return contentType.startsWith("audio/");
}
