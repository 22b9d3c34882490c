import type { Attachment, ConversationId } from "@spotter/chat-client";
import { useLimits } from "@spotter/chat-client/react";
import { useRef } from "react";
import { useTexts } from "../../i18n/useTexts";
import { useFocusOnOpen } from "../../ui/useFocusOnOpen";
import { RecordingBar } from "./RecordingBar";
import { RefusedBar } from "./RefusedBar";
import { ReviewBar } from "./ReviewBar";
import { useRecorder } from "./useRecorder";
import { WaitingBar } from "./WaitingBar";

export interface VoiceRecorderProps {
  conversationId: ConversationId;
  onSend(attachment: Attachment): void;
  onClose(): void;
}

const FIVE_MINUTES = 300_000;

/** Stands where the composer stands, from the first press to the sent message. */
export function VoiceRecorder({ conversationId, onSend, onClose: onClosed }: VoiceRecorderProps) {
  const { t } = useTexts();
  const limits = useLimits();
  const limitMs = limits?.uploads.find(({ durationMs }) => durationMs)?.durationMs ?? FIVE_MINUTES;
  const { recorder, tell } = useRecorder(conversationId);
  const onClose = () => {
    tell({ type: "cancel" });
    onClosed();
  };
  // Sent while recording: nothing is listened to, the recording goes as soon as it is whole.
  const atOnce = useRef(false);
  const bar = useFocusOnOpen<HTMLFieldSetElement>();

  return (
    <fieldset
      ref={bar}
      aria-label={t("voice.message")}
      tabIndex={-1}
      className="w-full min-w-0 rounded-bubble border border-control bg-surface p-1 outline-none"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      {(recorder.step === "idle" || recorder.step === "asking" || recorder.step === "stopping") && (
        <WaitingBar asking={recorder.step !== "stopping"} onClose={onClose} />
      )}
      {(recorder.step === "recording" || recorder.step === "paused") && (
        <RecordingBar
          recorder={recorder}
          limitMs={limitMs}
          tell={tell}
          onSend={() => {
            atOnce.current = true;
            tell({ type: "stop", at: performance.now() });
          }}
          onClose={onClose}
        />
      )}
      {recorder.step === "review" && (
        <ReviewBar recording={recorder.recording} atOnce={atOnce.current} onSend={onSend} onClose={onClose} />
      )}
      {recorder.step === "refused" && (
        <RefusedBar problem={recorder.problem} onRetry={() => tell({ type: "ask" })} onClose={onClose} />
      )}
    </fieldset>
  );
}
