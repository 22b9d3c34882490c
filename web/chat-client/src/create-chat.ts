import type { Chat, ChatOptions } from "./chat.ts";
import { Client } from "./client.ts";

/** Connects at once; `close` or `signOut` end it. */
export function createChat(options: ChatOptions): Chat {
  const client = new Client(options);
  void client.start();
  return client;
}

/** Where the socket is: `VITE_WS_CHAT_URL` (`.env.local`), or `/ws/chat` of the page's own host. */
export function chatUrl(): string {
  // Written so that Vite finds it in the package and puts the value in its place.
  const configured = (import.meta as unknown as { env?: Record<string, string | undefined> }).env
    ?.VITE_WS_CHAT_URL;
  const { protocol, host } = location;
  return configured || `${protocol === "http:" ? "ws:" : "wss:"}//${host}/ws/chat`;
}
