import type { Attachment, Limits, UploadOptions } from "@spotter/chat-client";
import { describe, expect, it } from "vitest";
import { Uploads } from "./uploads";

describe("the files of a message", () => {
  it("uploads two at a time, in the order chosen", async () => {
    const world = new World();
    world.uploads.add([png("a.png"), png("b.png"), png("c.png")]);
    await world.started(2);
    expect(world.steps()).toEqual(["uploading", "uploading", "waiting"]);

    world.finish("b.png");
    await world.started(3);

    expect(world.steps()).toEqual(["uploading", "ready", "uploading"]);
  });

  it("gives the attachments in the order chosen, only when all are there", async () => {
    const world = new World();
    world.uploads.add([png("a.png"), png("b.png")]);
    await world.started(2);
    world.finish("b.png");
    await world.step("b.png", "ready");
    expect(world.uploads.take()).toBeNull();

    world.finish("a.png");
    await world.step("a.png", "ready");

    expect(world.uploads.take()?.map((attachment) => attachment.name)).toEqual(["a.png", "b.png"]);
    expect(world.uploads.get()).toEqual([]);
    expect(world.previews.size).toBe(0);
  });

  it("tells progress, and nothing more of a file that was taken out", async () => {
    const world = new World();
    world.uploads.add([png("a.png")]);
    await world.started(1);
    world.progress("a.png", 0.5);
    expect(world.uploads.get()[0]?.state).toEqual({ step: "uploading", done: 0.5 });

    world.uploads.remove(1);
    world.progress("a.png", 0.9);
    world.finish("a.png");

    expect(world.aborted).toEqual(["a.png"]);
    expect(world.uploads.get()).toEqual([]);
  });

  it("keeps a failed file with its reason, and sends it again when asked", async () => {
    const world = new World();
    world.uploads.add([png("a.png")]);
    await world.started(1);
    world.fail("a.png", { code: "unavailable" });
    await world.step("a.png", "failed");
    expect(world.uploads.get()[0]?.state).toEqual({ step: "failed", code: "unavailable" });
    expect(world.uploads.take()).toBeNull();

    world.uploads.retry(1);
    await world.started(2);
    world.finish("a.png");
    await world.step("a.png", "ready");
  });

  it("sends what the network failed when the device is online again", async () => {
    const world = new World();
    world.uploads.add([png("a.png")]);
    await world.started(1);
    world.fail("a.png", new TypeError("failed to fetch"));
    await world.step("a.png", "failed");
    expect(world.uploads.get()[0]?.state).toEqual({ step: "failed", code: null });

    world.uploads.retryFailed();
    await world.started(2);
  });

  it("never sends what the server would refuse", async () => {
    const world = new World();
    world.uploads.add([new File(["x"], "movie.mov", { type: "video/quicktime" }), png("a.png")]);
    await world.step("movie.mov", "refused");
    await world.started(1);
    expect(world.sent).toEqual(["a.png"]);
  });

  it("does not count refused files against the message's limit", async () => {
    const world = new World({ ...LIMITS, attachments: 2 });
    const names = ["no.mov", "a.png", "b.png", "c.png"];
    world.uploads.add(names.map((name) => (name.endsWith("png") ? png(name) : new File(["x"], name))));
    await world.step("no.mov", "refused");
    await world.started(2);
    world.finish("a.png");
    world.finish("b.png");

    await world.step("c.png", "refused");

    expect(world.uploads.get()[3]?.state).toEqual({
      step: "refused",
      refusal: { reason: "count", limit: 2 },
    });
  });
});

const LIMITS: Limits = {
  frameBytes: 65_536,
  textChars: 4_000,
  attachments: 10,
  editWindowMs: 0,
  uploads: [{ types: ["image/png"], bytes: 1_000 }],
};

class World {
  readonly previews = new Set<string>();
  readonly sent: string[] = [];
  readonly aborted: string[] = [];
  readonly #open = new Map<
    string,
    UploadOptions & { resolve(it: Attachment): void; reject(error: unknown): void }
  >();
  readonly uploads = new Uploads({
    limits: () => this.limits,
    shrink: async (file) => file,
    preview: (file) => {
      this.previews.add(file.name);
      return file.name;
    },
    release: (preview) => this.previews.delete(preview),
    upload: (file, options) =>
      new Promise((resolve, reject) => {
        this.sent.push(file.name);
        options.signal?.addEventListener("abort", () => this.aborted.push(file.name));
        this.#open.set(file.name, { ...options, resolve, reject });
      }),
  });

  constructor(private readonly limits = LIMITS) {}

  steps(): string[] {
    return this.uploads.get().map((item) => item.state.step);
  }

  progress(name: string, done: number): void {
    this.#open.get(name)?.onProgress?.(done);
  }

  finish(name: string): void {
    this.#open.get(name)?.resolve(attachment(name));
  }

  fail(name: string, error: unknown): void {
    this.#open.get(name)?.reject(error);
  }

  started(count: number): Promise<void> {
    return this.#until(() => this.sent.length >= count);
  }

  step(name: string, step: string): Promise<void> {
    return this.#until(() =>
      this.uploads.get().some((item) => item.name === name && item.state.step === step),
    );
  }

  async #until(holds: () => boolean): Promise<void> {
    for (let turn = 0; turn < 50 && !holds(); turn++) await Promise.resolve();
    expect(holds()).toBe(true);
  }
}

function png(name: string): File {
  return new File(["pixels"], name, { type: "image/png" });
}

function attachment(name: string): Attachment {
  return {
    id: name,
    url: `https://files.example/${name}`,
    contentType: "image/png",
    size: 6,
    name,
    width: 1,
    height: 1,
    placeholder: null,
    durationMs: null,
    waveform: null,
  };
}
