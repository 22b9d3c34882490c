import { describe, expect, it } from "vitest";
import { Playback, type Sound } from "./playback";

describe("voice messages", () => {
  it("play one at a time: the next one takes over", () => {
    const { playback, sound } = page();
    playback.play("a", "a.mp4");
    sound.tick(3);

    playback.play("b", "b.mp4");

    expect(playback.get()).toMatchObject({ id: "b", at: 0, paused: false });
    expect(sound.src).toBe("b.mp4");
  });

  it("go on where they were paused", () => {
    const { playback, sound } = page();
    playback.play("a", "a.mp4");
    sound.tick(3);
    playback.pause();

    playback.play("a", "a.mp4");

    expect(sound.currentTime).toBe(3);
    expect(playback.get()).toMatchObject({ at: 3, paused: false });
  });

  it("keep the speed for the messages that follow", () => {
    const { playback, sound } = page();
    playback.play("a", "a.mp4");
    playback.nextSpeed();
    playback.nextSpeed();
    expect(playback.get().speed).toBe(2);

    playback.play("b", "b.mp4");
    expect(sound.playbackRate).toBe(2);

    playback.nextSpeed();
    expect(playback.get().speed).toBe(1);
  });

  it("start from the beginning after they ended", () => {
    const { playback, sound } = page();
    playback.play("a", "a.mp4");
    sound.tick(9);
    sound.emit("ended");
    sound.tick(9);
    expect(playback.get()).toMatchObject({ id: "a", at: 0, paused: true });

    playback.play("a", "a.mp4");
    expect(sound.currentTime).toBe(0);
  });

  it("load anew after a failure, as the link may be another", () => {
    const { playback, sound } = page();
    playback.play("a", "old.mp4");
    sound.emit("error");
    expect(playback.get()).toMatchObject({ paused: true, failed: true });

    playback.play("a", "fresh.mp4");

    expect(sound.src).toBe("fresh.mp4");
    expect(playback.get()).toMatchObject({ paused: false, failed: false });
  });

  it("are not failed by the one that interrupts them", async () => {
    const { playback, sound } = page();
    sound.refuse = Object.assign(new Error("interrupted"), { name: "AbortError" });
    playback.play("a", "a.mp4");
    await Promise.resolve();
    await Promise.resolve();
    expect(playback.get().failed).toBe(false);
  });
});

class FakeSound implements Sound {
  src = "";
  currentTime = 0;
  playbackRate = 1;
  refuse: Error | null = null;
  readonly #listeners = new Map<string, () => void>();

  addEventListener(type: string, listener: unknown): void {
    this.#listeners.set(type, listener as () => void);
  }

  async play(): Promise<void> {
    if (this.refuse) throw this.refuse;
  }

  pause(): void {
    this.emit("pause");
  }

  tick(at: number): void {
    this.currentTime = at;
    this.emit("timeupdate");
  }

  emit(type: string): void {
    this.#listeners.get(type)?.();
  }
}

function page() {
  const sound = new FakeSound();
  return { sound, playback: new Playback(() => sound) };
}
