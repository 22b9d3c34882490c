import type { ClientFrame, ServerFrame } from "../../src/protocol.ts";

/** The server's end of a socket. */
export interface Peer {
  userId: string;
  device: string;
  send(frame: ServerFrame | string): void;
  close(code: number): void;
}

export interface Host {
  /** Whether the network carries anything. */
  reachable(): boolean;
  /** The user's id, or null: the upgrade is refused. */
  admit(url: string, protocols: readonly string[]): string | null;
  took(peer: Peer, frame: ClientFrame): void;
  gone(peer: Peer): void;
}

/** A class to stand where the browser's `WebSocket` stands, wired to a host in the same process. */
export function webSocketOf(host: Host) {
  return class FakeWebSocket {
    static readonly OPEN = 1;
    readyState = 0;
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: unknown }) => void) | null = null;
    onclose: ((event: { code: number }) => void) | null = null;
    #peer: Peer | null = null;

    constructor(url: string, protocols: readonly string[]) {
      queueMicrotask(() => {
        const userId = host.reachable() ? host.admit(url, protocols) : null;
        if (userId === null) return this.#end(1006);
        this.#peer = this.#peerOf(userId);
        this.readyState = 1;
        this.onopen?.();
      });
    }

    send(text: string): void {
      const peer = this.#peer;
      if (!peer || !host.reachable()) return;
      queueMicrotask(() => host.took(peer, JSON.parse(text)));
    }

    close(): void {
      this.readyState = 3;
      if (this.#peer) host.gone(this.#peer);
      this.#peer = null;
    }

    #peerOf(userId: string): Peer {
      return {
        userId,
        device: "",
        send: (frame) => {
          const data = typeof frame === "string" ? frame : JSON.stringify(frame);
          if (host.reachable()) queueMicrotask(() => this.readyState === 1 && this.onmessage?.({ data }));
        },
        close: (code) => this.#end(code),
      };
    }

    #end(code: number): void {
      if (this.readyState === 3) return;
      this.close();
      queueMicrotask(() => this.onclose?.({ code }));
    }
  };
}
