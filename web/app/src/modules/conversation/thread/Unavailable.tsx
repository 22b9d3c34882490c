import { MessageCircleOff } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { Button } from "../../../ui/Button";

/** One answer for what does not exist and for what is somebody else's. */
export function Unavailable({ onBack }: { onBack(): void }) {
  const { t } = useTexts();
  return (
    <div className="flex h-full flex-col items-center justify-center gap-3 p-8 text-center">
      <MessageCircleOff aria-hidden size={40} strokeWidth={1.5} className="text-muted" />
      <h2 className="text-xl font-bold">{t("conversation.unavailable.title")}</h2>
      <p className="max-w-sm text-muted">{t("conversation.unavailable.text")}</p>
      <Button onClick={onBack} className="mt-2">
        {t("conversation.backToList")}
      </Button>
    </div>
  );
}
