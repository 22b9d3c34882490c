import { Mic } from "lucide-react";
import { useTexts } from "../../i18n/useTexts";
import { IconButton } from "../../ui/IconButton";

/** Starts a voice message. */
export function VoiceButton({ onOpen, disabled = false }: { onOpen(): void; disabled?: boolean }) {
  const { t } = useTexts();
  return <IconButton label={t("voice.record")} icon={Mic} disabled={disabled} onClick={onOpen} />;
}
