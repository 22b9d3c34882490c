import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  elapsed,
  IDLE,
  levelOf,
  next,
  type Recorder,
  type RecorderCommand,
  type RecorderEvent,
  waveformOf,
} from "./recorder";

const LIMIT = 300_000;
const BLOB = new Blob(["sound"], { type: "audio/webm" });

describe("recording a voice message", () => {
  it("asks, records, stops, and has something to listen to before it is sent", () => {
    const told = tell([
      { type: "ask" },
      { type: "granted", at: 1_000 },
      { type: "level", level: 0.5, at: 1_050 },
      { type: "stop", at: 4_000 },
      { type: "recorded", blob: BLOB },
    ]);

    expect(told.commands).toEqual(["open", "start", "stop", "close"]);
    expect(told.recorder).toMatchObject({ step: "review", recording: { blob: BLOB, durationMs: 3_000 } });
  });

  it("does not count the time it was paused", () => {
    const told = tell([
      { type: "ask" },
      { type: "granted", at: 0 },
      { type: "pause", at: 2_000 },
      { type: "resume", at: 60_000 },
      { type: "pause", at: 61_000 },
    ]);

    expect(told.recorder.step === "paused" && elapsed(told.recorder.clock, 99_000)).toBe(3_000);
    expect(told.commands).toEqual(["open", "start", "pause", "resume", "pause"]);
  });

  it("stops by itself at the limit, and says no more than the limit", () => {
    const told = tell([
      { type: "ask" },
      { type: "granted", at: 0 },
      { type: "level", level: 0.1, at: LIMIT - 1 },
      { type: "level", level: 0.1, at: LIMIT + 40 },
    ]);

    expect(told.recorder).toMatchObject({ step: "stopping", durationMs: LIMIT });
    expect(told.commands.slice(-2)).toEqual(["stop", "close"]);
  });

  it("lets go of the microphone when cancelled at any step, and ignores what comes late", () => {
    const late: RecorderEvent[] = [
      { type: "granted", at: 5 },
      { type: "recorded", blob: BLOB },
    ];
    const told = tell([{ type: "ask" }, { type: "cancel" }, ...late]);

    expect(told).toEqual({ recorder: IDLE, commands: ["open", "close"] });
  });

  it("explains a refusal, and may be asked again", () => {
    const told = tell([{ type: "ask" }, { type: "refused", problem: "denied" }]);
    expect(told.recorder).toEqual({ step: "refused", problem: "denied" });

    expect(next(told.recorder, { type: "ask" }, LIMIT)).toEqual([{ step: "asking" }, "open"]);
  });

  it("never keeps the microphone open without a recording on the screen", () => {
    const at = fc.integer({ min: 0, max: 400_000 });
    const event: fc.Arbitrary<RecorderEvent> = fc.oneof(
      fc.record({ type: fc.constantFrom("granted", "pause", "resume", "stop"), at }),
      fc.record({ type: fc.constant("level"), level: fc.double({ min: 0, max: 1, noNaN: true }), at }),
      fc.constantFrom<RecorderEvent>(
        { type: "ask" },
        { type: "cancel" },
        { type: "recorded", blob: BLOB },
        { type: "refused", problem: "busy" },
      ),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const { recorder, commands } = tell(events);
        const open = commands.lastIndexOf("open") > commands.lastIndexOf("close");
        expect(open).toBe(["asking", "recording", "paused"].includes(recorder.step));
      }),
    );
  });
});

describe("a waveform", () => {
  it("shows the loudest part full and silence flat", () => {
    const levels = Array.from({ length: 640 }, (_, at) => (at === 105 ? 0.5 : 0.1));
    const waveform = waveformOf(levels);
    expect(waveform).toHaveLength(64);
    expect(waveform[10]).toBe(255);
    expect(waveform[0]).toBe(51);
    expect(waveformOf([0, 0, 0])).toEqual(Array(64).fill(0));
    expect(waveformOf([])).toEqual(Array(64).fill(0));
  });

  it("meters a quiet room as nothing and a loud voice as full", () => {
    expect(levelOf(new Float32Array(256))).toBe(0);
    expect(levelOf(new Float32Array(256).fill(0.002))).toBe(0);
    expect(levelOf(new Float32Array(256).fill(0.5))).toBe(1);
  });
});

function tell(events: readonly RecorderEvent[]): { recorder: Recorder; commands: RecorderCommand[] } {
  let recorder = IDLE;
  const all: RecorderCommand[] = [];
  for (const event of events) {
    const [then, ...commands] = next(recorder, event, LIMIT);
    recorder = then;
    all.push(...commands);
  }
  return { recorder, commands: all };
}
