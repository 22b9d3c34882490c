import type { Attachment } from "@spotter/chat-client";
import { CircleAlert, Pause, Play } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { isExpired } from "../media/links";
import { clockText } from "../media/sizes";
import { useFileLink } from "../media/useFileLink";
import { playback } from "./playback";
import { Waveform } from "./Waveform";

export interface VoicePlayerProps {
  attachment: Attachment;
  own: boolean;
}

const FLAT: readonly number[] = Array(64).fill(40);

/** Plays one voice message; another one that is started stops it. */
export function VoicePlayer({ attachment, own }: VoicePlayerProps) {
  const { t } = useTexts();
  const link = useFileLink(attachment);
  const now = useSyncExternalStore(playback.subscribe, playback.get);
  const mine = now.id === attachment.id;
  const playing = mine && !now.paused;
  const failed = mine && now.failed;
  const lengthMs = attachment.durationMs ?? 0;
  const at = mine ? now.at : 0;

  const play = async () => {
    if (playing) return playback.pause();
    const stale = failed || !link.src || isExpired(link.src, Date.now());
    const url = stale ? (await link.retry())?.url : link.src;
    if (url ?? link.src) playback.play(attachment.id, url ?? link.src ?? "");
  };

  const seek = (seconds: number) => {
    if (mine && !failed) playback.seek(seconds);
    else if (link.src) playback.play(attachment.id, link.src, seconds);
  };

  return (
    <div className="w-72 max-w-full">
      <div className="flex items-center gap-2.5 py-1">
        <button
          type="button"
          aria-label={playing ? t("voice.pause") : t("voice.play", { length: clockText(lengthMs) })}
          onClick={() => void play()}
          className={classes(
            "flex size-10 shrink-0 items-center justify-center rounded-full transition-colors",
            own ? "bg-on-own text-own hover:bg-on-own-muted" : "bg-brand text-on-brand hover:bg-brand-strong",
          )}
        >
          {playing ? (
            <Pause aria-hidden size={20} fill="currentColor" />
          ) : (
            <Play aria-hidden size={20} fill="currentColor" className="ml-0.5" />
          )}
        </button>
        <div className="min-w-0 flex-1">
          <Seeker levels={attachment.waveform ?? FLAT} at={at} lengthMs={lengthMs} own={own} onSeek={seek} />
        </div>
        <button
          type="button"
          aria-label={t("voice.speed", { speed: now.speed })}
          title={t("voice.speed", { speed: now.speed })}
          onClick={playback.nextSpeed}
          className={classes(
            "h-7 w-11 shrink-0 rounded-full font-semibold text-xs tabular-nums",
            own ? "bg-white/15 hover:bg-white/25" : "bg-sunken hover:bg-line",
          )}
        >
          {now.speed}×
        </button>
      </div>
      <p className={classes("pl-12.5 text-xs tabular-nums", own ? "text-on-own-muted" : "text-muted")}>
        {mine && at > 0 ? `${clockText(at * 1_000)} / ${clockText(lengthMs)}` : clockText(lengthMs)}
      </p>
      {failed && (
        <p role="alert" className="flex items-center gap-1.5 text-xs">
          <CircleAlert aria-hidden size={14} />
          {t("voice.failed")}
        </p>
      )}
    </div>
  );
}

interface SeekerProps {
  levels: readonly number[];
  at: number;
  lengthMs: number;
  own: boolean;
  onSeek(seconds: number): void;
}

/** The waveform with an invisible slider over it: the platform brings keys, touch and its name. */
function Seeker({ levels, at, lengthMs, own, onSeek }: SeekerProps) {
  const { t } = useTexts();
  const seconds = lengthMs / 1_000;
  return (
    <div className="relative rounded-tight has-focus-visible:outline-2 has-focus-visible:outline-current has-focus-visible:outline-offset-2">
      <Waveform
        levels={levels}
        played={seconds > 0 ? at / seconds : 0}
        heard={own ? "text-on-own" : "text-brand"}
        unheard={own ? "text-on-own/40" : "text-control/60"}
      />
      <input
        type="range"
        min={0}
        max={seconds}
        step={0.1}
        value={Math.min(at, seconds)}
        aria-label={t("voice.position")}
        aria-valuetext={t("voice.positionText", { at: clockText(at * 1_000), length: clockText(lengthMs) })}
        onChange={(event) => onSeek(event.target.valueAsNumber)}
        className="absolute inset-0 size-full cursor-pointer opacity-0"
      />
    </div>
  );
}
