import type { Ack, ClientFrame, ServerFrame } from "../protocol.ts";

type ErrorFrame = Extract<ServerFrame, { type: "error" }>;

export type Response =
  | { kind: "ack"; ack: Ack }
  | { kind: "error"; error: ErrorFrame }
  | { kind: "timeout" }
  | { kind: "lost" };

export const ACK_TIMEOUT_MS = 5_000;

/** Frames that wait for the answer with their number. */
export class Requests {
  #ref = 0;
  readonly #waiting = new Map<number, (response: Response) => void>();

  next(): number {
    this.#ref += 1;
    return this.#ref;
  }

  /** Sends what `make` builds and answers what came back, within the ack timeout. */
  ask(make: (ref: number) => ClientFrame, send: (frame: ClientFrame) => void): Promise<Response> {
    const ref = this.next();
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle({ kind: "timeout" }), ACK_TIMEOUT_MS);
      const settle = (response: Response): void => {
        clearTimeout(timer);
        this.#waiting.delete(ref);
        resolve(response);
      };
      this.#waiting.set(ref, settle);
      send(make(ref));
    });
  }

  /** Whether somebody waited for this frame. */
  answered(frame: ServerFrame): boolean {
    if (!("ref" in frame) || frame.ref === undefined) return false;
    const settle = this.#waiting.get(frame.ref);
    if (!settle) return false;
    if (frame.type === "ack") settle({ kind: "ack", ack: frame });
    else if (frame.type === "error") settle({ kind: "error", error: frame });
    else return false;
    return true;
  }

  /** The socket that would have answered is gone. */
  lost(): void {
    for (const settle of [...this.#waiting.values()]) settle({ kind: "lost" });
  }
}
