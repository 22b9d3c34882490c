import { describe, expect, it } from "vitest";
import { MAYA } from "../../../gallery/cast";
import { fakeChat } from "../../../gallery/fakeChat";
import type { RecorderCommand } from "./recorder";
import { Recording, recordingOf } from "./recordings";

describe("a voice message while one looks at another conversation", () => {
  it("is kept to be listened to, with the microphone off", () => {
    const { recording, done } = recorded();
    recording.leave();
    expect(done.slice(-2)).toEqual(["stop", "close"]);

    recording.tell({ type: "recorded", blob: new Blob(["said"]) });
    recording.enter();

    expect(recording.get().step).toBe("review");
    expect(done.filter((command) => command === "open")).toHaveLength(1);
  });

  it("begins anew after it was closed", () => {
    const { recording, done } = recorded();
    recording.tell({ type: "cancel" });
    recording.leave();
    recording.enter();

    expect(recording.get().step).toBe("asking");
    expect(done.filter((command) => command === "open")).toHaveLength(2);
  });

  it("asks for no microphone behind one's back", () => {
    const done: RecorderCommand[] = [];
    const recording = new Recording(
      () => 1_000,
      () => ({ do: (command) => done.push(command) }),
    );
    recording.enter();
    recording.leave();
    expect(recording.get().step).toBe("idle");
    expect(done).toEqual(["open", "close"]);
  });

  it("belongs to its conversation and its person", () => {
    const [maya, other] = [fakeChat({ me: MAYA }), fakeChat({ me: MAYA })];
    expect(recordingOf(maya, "one")).toBe(recordingOf(maya, "one"));
    expect(recordingOf(maya, "one")).not.toBe(recordingOf(maya, "two"));
    expect(recordingOf(maya, "one")).not.toBe(recordingOf(other, "one"));
  });
});

function recorded() {
  const done: RecorderCommand[] = [];
  const recording = new Recording(
    () => 300_000,
    () => ({ do: (command) => done.push(command) }),
  );
  recording.enter();
  recording.tell({ type: "granted", at: performance.now() });
  return { recording, done };
}
