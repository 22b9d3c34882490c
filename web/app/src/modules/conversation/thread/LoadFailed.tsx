import { CloudOff } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { Button } from "../../../ui/Button";

/** Messages that did not come. `compact`: over a thread that shows others. */
export function LoadFailed({ onRetry, compact = false }: { onRetry(): void; compact?: boolean }) {
  const { t } = useTexts();
  if (compact) {
    return (
      <div role="alert" className="absolute inset-x-0 top-3 flex justify-center px-4">
        <span className="flex items-center gap-3 rounded-full bg-raised py-1 pr-1 pl-4 text-sm shadow-raised">
          {t("conversation.loadFailed")}
          <Button onClick={onRetry} className="min-h-8 rounded-full">
            {t("conversation.retry")}
          </Button>
        </span>
      </div>
    );
  }
  return (
    <div role="alert" className="m-auto flex flex-col items-center gap-4 p-8 text-center">
      <CloudOff aria-hidden size={36} className="text-muted" />
      <p>{t("conversation.loadFailed")}</p>
      <Button onClick={onRetry}>{t("conversation.retry")}</Button>
    </div>
  );
}
