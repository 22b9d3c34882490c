import { X } from "lucide-react";
import { useTexts } from "../../i18n/useTexts";
import { IconButton } from "../../ui/IconButton";
import { Spinner } from "../../ui/Spinner";

/** The browser asks for the microphone, or the recording is being put together. */
export function WaitingBar({ asking, onClose }: { asking: boolean; onClose(): void }) {
  const { t } = useTexts();
  return (
    <div className="flex min-h-12 items-center gap-2">
      <IconButton label={t("voice.cancel")} icon={X} onClick={onClose} />
      <p role="status" className="flex items-center gap-3 text-muted">
        <Spinner />
        {asking ? t("voice.asking") : t("voice.stopping")}
      </p>
    </div>
  );
}
