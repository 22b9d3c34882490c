/** Why there is no sound. */
export type MicrophoneProblem = "denied" | "missing" | "busy" | "unsupported";

/** One voice message, from the first press to the recording that can be listened to. */
export type Recorder =
  | { step: "idle" }
  | { step: "asking" }
  | { step: "recording"; clock: Clock; levels: readonly number[] }
  | { step: "paused"; clock: Clock; levels: readonly number[] }
  | { step: "stopping"; durationMs: number; levels: readonly number[] }
  | { step: "review"; recording: Recording }
  | { step: "refused"; problem: MicrophoneProblem };

/** Time recorded before `since`, and since when it runs (null while paused). */
export interface Clock {
  beforeMs: number;
  since: number | null;
}

export interface Recording {
  blob: Blob;
  durationMs: number;
  /** As the server will draw it: 64 levels, the loudest 255. */
  waveform: number[];
}

export type RecorderEvent =
  | { type: "ask" }
  | { type: "granted"; at: number }
  | { type: "refused"; problem: MicrophoneProblem }
  | { type: "level"; level: number; at: number }
  | { type: "pause"; at: number }
  | { type: "resume"; at: number }
  | { type: "stop"; at: number }
  | { type: "recorded"; blob: Blob }
  | { type: "cancel" };

/** What the machine asks of the microphone; it touches nothing itself. */
export type RecorderCommand = "open" | "start" | "pause" | "resume" | "stop" | "close";

export type Step = [Recorder, ...RecorderCommand[]];

export const IDLE: Recorder = { step: "idle" };

/** What comes next. An event that does not fit (a late answer after cancel) changes nothing. */
export function next(recorder: Recorder, event: RecorderEvent, limitMs: number): Step {
  if (event.type === "cancel") return [IDLE, "close"];
  if (event.type === "refused") return [{ step: "refused", problem: event.problem }, "close"];
  switch (recorder.step) {
    case "idle":
    case "refused":
      return event.type === "ask" ? [{ step: "asking" }, "open"] : [recorder];
    case "asking":
      if (event.type !== "granted") return [recorder];
      return [{ step: "recording", clock: { beforeMs: 0, since: event.at }, levels: [] }, "start"];
    case "recording":
      return whileRecording(recorder, event, limitMs);
    case "paused":
      if (event.type === "resume") {
        const clock = { ...recorder.clock, since: event.at };
        return [{ ...recorder, step: "recording", clock }, "resume"];
      }
      return event.type === "stop" ? stopped(recorder, event.at, limitMs) : [recorder];
    case "stopping":
      return event.type === "recorded" ? [reviewed(recorder, event.blob)] : [recorder];
    case "review":
      return [recorder];
  }
}

/** How long the recording is at `now`. */
export function elapsed(clock: Clock, now: number): number {
  return clock.beforeMs + (clock.since === null ? 0 : Math.max(0, now - clock.since));
}

type Running = Extract<Recorder, { step: "recording" | "paused" }>;

function whileRecording(
  recorder: Extract<Recorder, { step: "recording" }>,
  event: RecorderEvent,
  limitMs: number,
): Step {
  switch (event.type) {
    case "level": {
      const heard = { ...recorder, levels: [...recorder.levels, event.level] };
      return elapsed(recorder.clock, event.at) >= limitMs ? stopped(heard, event.at, limitMs) : [heard];
    }
    case "pause": {
      const clock = { beforeMs: elapsed(recorder.clock, event.at), since: null };
      return [{ ...recorder, step: "paused", clock }, "pause"];
    }
    case "stop":
      return stopped(recorder, event.at, limitMs);
    default:
      return [recorder];
  }
}

function stopped(recorder: Running, at: number, limitMs: number): Step {
  const durationMs = Math.min(limitMs, elapsed(recorder.clock, at));
  return [{ step: "stopping", durationMs, levels: recorder.levels }, "stop", "close"];
}

function reviewed(recorder: Extract<Recorder, { step: "stopping" }>, blob: Blob): Recorder {
  const { durationMs, levels } = recorder;
  return { step: "review", recording: { blob, durationMs, waveform: waveformOf(levels) } };
}

export const WAVEFORM_POINTS = 64;

/** The loudest of each of `points` equal parts; the loudest part is 255, silence is flat. */
export function waveformOf(levels: readonly number[], points = WAVEFORM_POINTS): number[] {
  const bound = (part: number) => Math.floor((part * levels.length) / points);
  const peaks = Array.from({ length: points }, (_, part) => {
    const end = Math.max(bound(part + 1), bound(part) + 1);
    return Math.max(0, ...levels.slice(bound(part), end));
  });
  const loudest = Math.max(...peaks);
  return peaks.map((peak) => (loudest > 0 ? Math.round((peak / loudest) * 255) : 0));
}

/** The loudness of one frame of samples (−1 to 1) on a scale where speech fills the meter: 0 to 1. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  const decibels = 20 * Math.log10(Math.max(rms, 1e-5));
  // −50 dB is a quiet room, −10 dB a loud voice.
  return Math.min(1, Math.max(0, (decibels + 50) / 40));
}
