import { Mic, Pause, SendHorizontal, Square, Trash2 } from "lucide-react";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { IconButton } from "../../ui/IconButton";
import { clockText } from "../media/sizes";
import { LiveLevels } from "./LiveLevels";
import { elapsed, type Recorder, type RecorderEvent } from "./recorder";

export interface RecordingBarProps {
  recorder: Extract<Recorder, { step: "recording" | "paused" }>;
  limitMs: number;
  tell(event: RecorderEvent): void;
  onSend(): void;
  onClose(): void;
}

/** The last half minute is said aloud by its colour and its words. */
const SOON_MS = 30_000;

/** While the microphone is on: time, level, pause, stop to listen, send, throw away. */
export function RecordingBar({ recorder, limitMs, tell, onSend, onClose }: RecordingBarProps) {
  const { t } = useTexts();
  const recording = recorder.step === "recording";
  const time = elapsed(recorder.clock, performance.now());
  const soon = limitMs - time < SOON_MS;
  const at = () => performance.now();
  return (
    <div className="flex min-h-12 items-center gap-1">
      <IconButton label={t("voice.discard")} icon={Trash2} onClick={onClose} />
      <span
        aria-hidden
        className={classes(
          "ml-1 size-2.5 shrink-0 rounded-full bg-danger",
          recording ? "animate-pulse" : "opacity-40",
        )}
      />
      <p
        className={classes(
          "w-12 shrink-0 text-sm tabular-nums",
          soon ? "font-semibold text-danger" : "text-ink",
        )}
      >
        {clockText(time)}
      </p>
      <span role="status" className="sr-only">
        {soon ? t("voice.soon") : recording ? t("voice.recording") : t("voice.paused")}
      </span>
      <LiveLevels levels={recorder.levels} still={!recording} />
      {recording ? (
        <IconButton
          label={t("voice.pauseRecording")}
          icon={Pause}
          onClick={() => tell({ type: "pause", at: at() })}
        />
      ) : (
        <IconButton label={t("voice.resume")} icon={Mic} onClick={() => tell({ type: "resume", at: at() })} />
      )}
      <IconButton label={t("voice.stop")} icon={Square} onClick={() => tell({ type: "stop", at: at() })} />
      <IconButton label={t("voice.send")} icon={SendHorizontal} variant="primary" onClick={onSend} />
    </div>
  );
}
