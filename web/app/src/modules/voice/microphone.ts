import { levelOf, type MicrophoneProblem, type RecorderCommand, type RecorderEvent } from "./recorder";

/** A level each so many milliseconds. */
const METER_MS = 50;
/** In order of preference; the server takes both. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/webm"];

/** Carries out what the recorder asks for, and tells it what came of it. */
export class Microphone {
  #stream: MediaStream | null = null;
  #recorder: MediaRecorder | null = null;
  #context: AudioContext | null = null;
  #meter: ReturnType<typeof setInterval> | undefined;
  /** Counts openings: a permission given after cancel belongs to nobody. */
  #opening = 0;

  constructor(private readonly tell: (event: RecorderEvent) => void) {}

  readonly #commands: Readonly<Record<RecorderCommand, () => void>> = {
    open: () => void this.#open(),
    start: () => this.#start(),
    pause: () => this.#recorder?.pause(),
    resume: () => this.#recorder?.resume(),
    stop: () => this.#recorder?.stop(),
    close: () => this.#close(),
  };

  do(command: RecorderCommand): void {
    this.#commands[command]();
  }

  async #open(): Promise<void> {
    this.#opening += 1;
    const turn = this.#opening;
    try {
      const stream = await microphoneStream();
      if (turn !== this.#opening) return stop(stream);
      this.#stream = stream;
      // Pulled out, or taken back in the browser's bar.
      stream
        .getAudioTracks()[0]
        ?.addEventListener("ended", () => this.tell({ type: "stop", at: performance.now() }));
      this.tell({ type: "granted", at: performance.now() });
    } catch (error) {
      if (turn === this.#opening) this.tell({ type: "refused", problem: problemOf(error) });
    }
  }

  #start(): void {
    const stream = this.#stream;
    if (!stream) return;
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(stream, {
      ...(mimeType ? { mimeType } : {}),
      audioBitsPerSecond: 48_000,
    });
    const chunks: Blob[] = [];
    recorder.addEventListener("dataavailable", ({ data }) => chunks.push(data));
    recorder.addEventListener("stop", () => {
      this.tell({ type: "recorded", blob: new Blob(chunks, { type: recorder.mimeType }) });
    });
    recorder.start();
    this.#recorder = recorder;
    this.#listen(stream);
  }

  #listen(stream: MediaStream): void {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1_024;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#context = context;
    this.#meter = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.tell({ type: "level", level: levelOf(samples), at: performance.now() });
    }, METER_MS);
  }

  #close(): void {
    this.#opening += 1;
    clearInterval(this.#meter);
    void this.#context?.close();
    if (this.#stream) stop(this.#stream);
    this.#stream = null;
    this.#recorder = null;
    this.#context = null;
  }
}

async function microphoneStream(): Promise<MediaStream> {
  if (!navigator.mediaDevices || typeof MediaRecorder === "undefined") throw new Error("unsupported");
  return navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** What the browser's error means to the person. */
export function problemOf(error: unknown): MicrophoneProblem {
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "unsupported";
}
