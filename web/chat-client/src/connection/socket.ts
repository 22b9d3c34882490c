import { BEARER_SUBPROTOCOL, SUBPROTOCOL } from "../wire/numbers.ts";

export interface SocketEvents {
  opened(): void;
  message(raw: unknown): void;
  closed(code: number): void;
}

export interface Socket {
  send(text: string): void;
  close(): void;
}

/** Opens a socket; the token goes in the subprotocol, never in the URL. */
export type OpenSocket = (url: string, token: string, events: SocketEvents) => Socket;

export const openSocket: OpenSocket = (url, token, events) => {
  const socket = new WebSocket(url, [SUBPROTOCOL, `${BEARER_SUBPROTOCOL}${token}`]);
  let over = false;
  const end = (code: number): void => {
    if (over) return;
    over = true;
    events.closed(code);
  };
  socket.onopen = () => events.opened();
  socket.onmessage = (event) => {
    if (!over) events.message(event.data);
  };
  socket.onclose = (event) => end(event.code);
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    // What was closed here says nothing more; the network may take minutes to notice.
    close() {
      over = true;
      socket.close(1000);
    },
  };
};
