import { useCallback, useEffect, useRef, useState } from "react";
import { Microphone } from "./microphone";
import { playback } from "./playback";
import { IDLE, next, type Recorder, type RecorderEvent } from "./recorder";

/** One recording on the screen; the microphone is let go when it leaves. */
export function useRecorder(limitMs: number): { recorder: Recorder; tell(event: RecorderEvent): void } {
  const [recorder, setRecorder] = useState<Recorder>(IDLE);
  const current = useRef<Recorder>(IDLE);
  const microphone = useRef<Microphone>(null);

  const tell = useCallback(
    (event: RecorderEvent) => {
      microphone.current ??= new Microphone(tell);
      const [then, ...commands] = next(current.current, event, limitMs);
      current.current = then;
      setRecorder(then);
      for (const command of commands) microphone.current.do(command);
    },
    [limitMs],
  );

  useEffect(() => {
    // Whoever speaks does not want to record what sounds.
    playback.pause();
    tell({ type: "ask" });
    return () => tell({ type: "cancel" });
  }, [tell]);

  return { recorder, tell };
}
