import type { Attachment, ErrorCode, Limits, UploadOptions } from "@spotter/chat-client";
import { isImage, type Refusal, refusalOf } from "./limits";

export type UploadState =
  | { step: "waiting" }
  | { step: "uploading"; done: number }
  | { step: "ready"; attachment: Attachment }
  | { step: "failed"; code: ErrorCode | null }
  | { step: "refused"; refusal: Refusal };

export interface UploadItem {
  id: number;
  name: string;
  size: number;
  image: boolean;
  /** An object URL of the file itself, so that the preview needs no network. */
  preview: string | null;
  state: UploadState;
}

/** What the queue needs of the world. */
export interface UploadPorts {
  upload(file: File, options: UploadOptions): Promise<Attachment>;
  /** Makes an image fit the limits where it can; answers the file itself otherwise. */
  shrink(file: File, limits: Limits): Promise<File>;
  limits(): Limits | null;
  preview(file: File): string;
  release(preview: string): void;
}

/** What no second try will change. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  "upload_rejected",
  "unsupported_media_type",
  "payload_too_large",
  "invalid_field",
  "forbidden",
  "read_only",
]);

/** More at once only makes each slower on a phone. */
const AT_ONCE = 2;

/** The files of a message that is being written. Uploads begin at once, so that Send has little to wait for. */
export class Uploads {
  #items: readonly UploadItem[] = [];
  readonly #files = new Map<number, File>();
  readonly #running = new Map<number, AbortController>();
  readonly #listeners = new Set<() => void>();
  #nextId = 1;

  constructor(private readonly ports: UploadPorts) {}

  readonly get = (): readonly UploadItem[] => this.#items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly add = (files: Iterable<File>): void => {
    for (const file of files) {
      const image = isImage(file.type);
      const item: UploadItem = {
        id: this.#nextId++,
        name: file.name,
        size: file.size,
        image,
        preview: image ? this.ports.preview(file) : null,
        state: { step: "waiting" },
      };
      this.#files.set(item.id, file);
      this.#change([...this.#items, item]);
    }
    this.#pump();
  };

  /** Cancels the upload where it runs. */
  readonly remove = (id: number): void => {
    this.#running.get(id)?.abort();
    this.#running.delete(id);
    this.#files.delete(id);
    const gone = this.#items.find((item) => item.id === id);
    if (gone?.preview) this.ports.release(gone.preview);
    this.#change(this.#items.filter((item) => item.id !== id));
    this.#pump();
  };

  readonly retry = (id: number): void => {
    this.#set(id, { step: "waiting" });
    this.#pump();
  };

  /** The device is online again. */
  readonly retryFailed = (): void => {
    for (const item of this.#items) if (item.state.step === "failed") this.retry(item.id);
  };

  readonly clear = (): void => {
    for (const item of this.#items) this.remove(item.id);
  };

  /**
   * The attachments of the message, in the order chosen; null while one is not there yet. Empties the tray:
   * refused files are left out, as was said beside them.
   */
  readonly take = (): Attachment[] | null => {
    if (this.#items.some(({ state }) => isPending(state))) return null;
    const ready = this.#items.flatMap(({ state }) => (state.step === "ready" ? [state.attachment] : []));
    this.clear();
    return ready;
  };

  #pump(): void {
    const next = this.#items.find(({ state }) => state.step === "waiting");
    if (!next || this.#running.size >= AT_ONCE) return;
    const file = this.#files.get(next.id);
    if (file) void this.#run(next.id, file);
    this.#pump();
  }

  async #run(id: number, original: File): Promise<void> {
    const stop = new AbortController();
    this.#running.set(id, stop);
    this.#set(id, { step: "uploading", done: 0 });
    const end = await this.#outcome(id, original, stop.signal);
    this.#running.delete(id);
    this.#set(id, end);
    this.#pump();
  }

  async #outcome(id: number, original: File, signal: AbortSignal): Promise<UploadState> {
    try {
      const limits = this.ports.limits();
      const file = limits ? await this.ports.shrink(original, limits) : original;
      const refusal = limits && refusalOf(file, limits, this.#before(id));
      if (refusal) return { step: "refused", refusal };
      const onProgress = (done: number) => {
        if (!signal.aborted) this.#set(id, { step: "uploading", done });
      };
      return { step: "ready", attachment: await this.ports.upload(file, { onProgress, signal }) };
    } catch (error) {
      const code = codeOf(error);
      if (code && FINAL.has(code)) return { step: "refused", refusal: { reason: "server", code } };
      return { step: "failed", code };
    }
  }

  /** How many files before this one count: refused ones do not go into the message. */
  #before(id: number): number {
    return this.#items.filter((item) => item.id < id && item.state.step !== "refused").length;
  }

  #set(id: number, state: UploadState): void {
    this.#change(this.#items.map((item) => (item.id === id ? { ...item, state } : item)));
  }

  #change(items: readonly UploadItem[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}

/** Whether the message has to wait for a file. */
export function isPending({ step }: UploadState): boolean {
  return step === "waiting" || step === "uploading" || step === "failed";
}

/** Null: no answer came, which is the network's doing. */
function codeOf(error: unknown): ErrorCode | null {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error.code as ErrorCode;
  }
  return null;
}
