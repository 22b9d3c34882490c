import type { ChatMessage } from "@spotter/chat-client";

/** What a row can ask for. One stable object for all rows, so that a row renders again only for its own sake. */
export interface RowActions {
  openMenu(message: ChatMessage, anchor: HTMLElement): void;
  reply(message: ChatMessage): void;
  jump(seq: number): void;
  react(message: ChatMessage, emoji: string, on: boolean): void;
  retry(id: string): void;
  discard(id: string): void;
  expand(id: string, expanded: boolean): void;
}
