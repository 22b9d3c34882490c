import type { Chat, ConversationId, Readable } from "@spotter/chat-client";
import { Microphone } from "./microphone";
import { IDLE, next, type Recorder, type RecorderCommand, type RecorderEvent } from "./recorder";

const FIVE_MINUTES = 300_000;

/** Carries out what the recorder asks for. */
export interface Device {
  do(command: RecorderCommand): void;
}

/** The voice message of one conversation. It outlives its bar: what was said is not lost by looking elsewhere. */
export class Recording implements Readable<Recorder> {
  #current: Recorder = IDLE;
  readonly #device: Device;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly limitMs: () => number,
    device: (tell: (event: RecorderEvent) => void) => Device = (tell) => new Microphone(tell),
  ) {
    this.#device = device((event) => this.tell(event));
  }

  readonly get = (): Recorder => this.#current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly tell = (event: RecorderEvent): void => {
    const [then, ...commands] = next(this.#current, event, this.limitMs());
    this.#current = then;
    for (const command of commands) this.#device.do(command);
    for (const listener of this.#listeners) listener();
  };

  /** The bar is on the screen: it asks for the microphone, unless there is something to come back to. */
  readonly enter = (): void => {
    if (this.#current.step === "idle" || this.#current.step === "refused") this.tell({ type: "ask" });
  };

  /** The bar left without being closed: the microphone goes off, what was said stays to be listened to. */
  readonly leave = (): void => {
    const { step } = this.#current;
    if (step === "recording" || step === "paused") this.tell({ type: "stop", at: performance.now() });
    if (step === "asking" || step === "refused") this.tell({ type: "cancel" });
  };
}

// By chat, and so by person: nobody hears what another one said.
const recordings = new WeakMap<Chat, Map<ConversationId, Recording>>();

export function recordingOf(chat: Chat, conversationId: ConversationId): Recording {
  const own = recordings.get(chat) ?? new Map<ConversationId, Recording>();
  recordings.set(chat, own);
  const limitMs = () =>
    chat.limits.get()?.uploads.find(({ durationMs }) => durationMs)?.durationMs ?? FIVE_MINUTES;
  const known = own.get(conversationId) ?? new Recording(limitMs);
  own.set(conversationId, known);
  return known;
}
