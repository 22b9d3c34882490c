import type { ChatMessage } from "@spotter/chat-client";

const LINE = 22;
const BUBBLE = 36;
const CHARS_PER_LINE = 52;
const MOST_LINES = 12;
const TILE = 320;

/** A row's height before it is measured; near enough that a scrollbar over 50,000 rows hardly moves. */
export function estimatedHeight(message: ChatMessage | undefined): number {
  if (!message) return BUBBLE + LINE;
  const picture = message.attachments.some(({ contentType }) => contentType.startsWith("image/"));
  const files = picture ? TILE : message.attachments.length * 72;
  return BUBBLE + files + lines(message.text) * LINE;
}

function lines(text: string | null): number {
  return text ? Math.min(MOST_LINES, Math.ceil(text.length / CHARS_PER_LINE)) : 1;
}
