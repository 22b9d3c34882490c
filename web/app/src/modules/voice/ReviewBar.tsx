import type { Attachment } from "@spotter/chat-client";
import { CircleAlert, SendHorizontal, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTexts } from "../../i18n/useTexts";
import { IconButton } from "../../ui/IconButton";
import { Spinner } from "../../ui/Spinner";
import { playback } from "./playback";
import type { Recording } from "./recorder";
import { useVoiceUpload } from "./useVoiceUpload";
import { VoicePlayer } from "./VoicePlayer";

export interface ReviewBarProps {
  recording: Recording;
  /** Send without listening first. */
  atOnce: boolean;
  onSend(attachment: Attachment): void;
  onClose(): void;
}

/** Listen, then send or throw away. */
export function ReviewBar({ recording, atOnce, onSend, onClose }: ReviewBarProps) {
  const { t } = useTexts();
  const preview = usePreview(recording);
  const upload = useVoiceUpload(recording, (attachment) => {
    onSend(attachment);
    onClose();
  });
  const { send } = upload;
  useEffect(() => {
    if (atOnce) send();
  }, [atOnce, send]);

  return (
    <div className="flex flex-col gap-1">
      <div className="flex min-h-12 items-center gap-2">
        <IconButton label={t("voice.discard")} icon={Trash2} onClick={onClose} />
        <div className="flex min-w-0 flex-1 justify-end sm:justify-start">
          {preview && <VoicePlayer attachment={preview} own={false} />}
        </div>
        {upload.busy ? (
          <span role="status" className="flex size-10 items-center justify-center text-brand">
            <Spinner className="size-5" />
            <span className="sr-only">{t("voice.sending", { percent: Math.round(upload.done * 100) })}</span>
          </span>
        ) : (
          <IconButton
            label={t("voice.send")}
            icon={SendHorizontal}
            variant="primary"
            onClick={send}
            autoFocus
          />
        )}
      </div>
      {upload.failed && (
        <p role="alert" className="flex items-center gap-2 text-danger text-sm">
          <CircleAlert aria-hidden size={16} />
          {t("voice.notSent")}
        </p>
      )}
    </div>
  );
}

const PREVIEW_ID = "recording";

/** The recording as an attachment that exists on this device only. */
function usePreview({ blob, durationMs, waveform }: Recording): Attachment | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => {
      playback.stop(PREVIEW_ID);
      URL.revokeObjectURL(made);
    };
  }, [blob]);
  if (url === null) return null;
  return {
    id: PREVIEW_ID,
    url,
    contentType: blob.type,
    size: blob.size,
    name: null,
    width: null,
    height: null,
    placeholder: null,
    durationMs: Math.round(durationMs),
    waveform,
  };
}
