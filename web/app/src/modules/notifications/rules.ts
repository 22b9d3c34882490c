import type { ChatMessage } from "@spotter/chat-client";

/** What a person decided about notifications on this device. */
export interface Preferences {
  /** Null: not asked yet, or put off. */
  wanted: boolean | null;
  /** Whether a notification shows what was written. */
  showText: boolean;
}

export interface Moment {
  permission: NotificationPermission | "unsupported";
  /** One of this browser's tabs notifies for all of them. */
  leader: boolean;
  /** Some tab of the app is in front of the person. */
  visibleSomewhere: boolean;
}

/** Whether a row that arrived live is worth an interruption. */
export function deservesNotice(message: ChatMessage, preferences: Preferences, moment: Moment): boolean {
  if (preferences.wanted !== true || moment.permission !== "granted") return false;
  if (!moment.leader || moment.visibleSomewhere) return false;
  return isFresh(message);
}

/** A message of the other person, as first sent: edits, deletions and reactions interrupt nobody. */
export function isFresh(message: ChatMessage): boolean {
  return (
    !message.own && message.deletedAt === null && message.seq !== null && message.position === message.seq
  );
}

/** The bar asks once there is a reason: a message came, and nothing has been decided yet. */
export function mayAsk(
  preferences: Preferences,
  permission: Moment["permission"],
  received: boolean,
): boolean {
  const possible = permission === "default" || permission === "granted";
  return received && preferences.wanted === null && possible;
}

export type Kind = "text" | "image" | "images" | "voice" | "document";

/** What a message is, for a notification that may not or cannot show its text. */
export function kindOf(message: ChatMessage): Kind {
  const [first] = message.attachments;
  if (!first) return "text";
  if (first.contentType.startsWith("image/")) return message.attachments.length > 1 ? "images" : "image";
  return first.contentType.startsWith("audio/") ? "voice" : "document";
}

/** The document's title with what is unread. */
export function titleOf(unread: number, title: string): string {
  if (unread <= 0) return title;
  return `(${unread > 99 ? "99+" : unread}) ${title}`;
}
