import type { FileId, Readable } from "@spotter/chat-client";

/** What sounds, if anything: one voice message at a time. */
export interface Playing {
  id: FileId | null;
  paused: boolean;
  /** Seconds from its beginning. */
  at: number;
  speed: number;
  /** The file could not be played. */
  failed: boolean;
}

/** As much of an `HTMLAudioElement` as is needed, so that it can be played in a test. */
export type Sound = Pick<
  HTMLAudioElement,
  "src" | "currentTime" | "playbackRate" | "pause" | "play" | "addEventListener"
>;

export const SPEEDS: readonly number[] = [1, 1.5, 2];

const SILENT: Playing = { id: null, paused: true, at: 0, speed: 1, failed: false };

/** One sound for the whole page: whoever starts another message stops this one. */
export class Playback implements Readable<Playing> {
  #now = SILENT;
  #sound: Sound | null = null;
  readonly #listeners = new Set<() => void>();

  /** `make` is called at the first play: a page that is only read needs no audio. */
  constructor(private readonly make: () => Sound) {}

  readonly get = (): Playing => this.#now;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Starts a message, or goes on with it; `from` seconds. */
  play(id: FileId, url: string, from?: number): void {
    const sound = this.#open();
    const again = this.#now.id === id && !this.#now.failed;
    if (!again) sound.src = url;
    const at = from ?? (again ? this.#now.at : 0);
    sound.currentTime = at;
    sound.playbackRate = this.#now.speed;
    this.#change({ id, paused: false, at, failed: false });
    // Refused without a press, or interrupted by the next message: the events say which.
    sound.play().catch((error: unknown) => this.#refused(id, error));
  }

  readonly pause = (): void => {
    this.#sound?.pause();
    this.#change({ paused: true });
  };

  /** Nothing sounds, nothing is remembered: the message is gone from the screen for good. */
  readonly stop = (id: FileId): void => {
    if (this.#now.id !== id) return;
    this.#sound?.pause();
    this.#change({ ...SILENT, speed: this.#now.speed });
  };

  seek(at: number): void {
    if (this.#sound) this.#sound.currentTime = at;
    this.#change({ at });
  }

  readonly nextSpeed = (): void => {
    const speed = SPEEDS[(SPEEDS.indexOf(this.#now.speed) + 1) % SPEEDS.length] ?? 1;
    if (this.#sound) this.#sound.playbackRate = speed;
    this.#change({ speed });
  };

  #open(): Sound {
    if (this.#sound) return this.#sound;
    const sound = this.make();
    sound.addEventListener("timeupdate", () => {
      // A late tick of a message that ended would move the hand off its start.
      if (!this.#now.paused) this.#change({ at: sound.currentTime });
    });
    sound.addEventListener("ended", () => this.#change({ paused: true, at: 0 }));
    sound.addEventListener("pause", () => this.#change({ paused: true }));
    sound.addEventListener("error", () => this.#change({ paused: true, failed: true }));
    this.#sound = sound;
    return sound;
  }

  #refused(id: FileId, error: unknown): void {
    const interrupted = error instanceof Error && error.name === "AbortError";
    if (this.#now.id === id && !interrupted) this.#change({ paused: true, failed: true });
  }

  #change(next: Partial<Playing>): void {
    this.#now = { ...this.#now, ...next };
    for (const listener of this.#listeners) listener();
  }
}

export const playback = new Playback(() => new Audio());
