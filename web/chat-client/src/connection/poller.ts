const EVERY_MS = 3_000;

/** Asks again and again while messages come over HTTP. */
export class Poller {
  readonly #poll: () => Promise<void>;
  readonly #random: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #on = false;

  constructor(poll: () => Promise<void>, random: () => number) {
    this.#poll = poll;
    this.#random = random;
  }

  set(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    clearTimeout(this.#timer);
    if (on) void this.#turn();
  }

  async #turn(): Promise<void> {
    // What one poll could not get, the next will.
    await this.#poll().catch(() => {});
    if (this.#on) this.#timer = setTimeout(() => void this.#turn(), EVERY_MS * (0.75 + this.#random() / 2));
  }
}
