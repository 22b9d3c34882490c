import { X } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { IconButton } from "../../../ui/IconButton";
import { changeFailureText, codeOf } from "./failureText";

/** An edit, a deletion or a reaction that was taken back because the server refused it. */
export function ChangeFailed({ error, onDismiss }: { error: unknown; onDismiss(): void }) {
  const { t } = useTexts();
  return (
    <div role="alert" className="mx-auto w-full max-w-4xl px-2 pt-2 md:px-5">
      <p className="flex items-center gap-2 rounded-card bg-danger-soft py-1 pr-1 pl-4 text-danger">
        <span className="flex-1">
          {t("message.changeFailed")} {changeFailureText(codeOf(error), t)}
        </span>
        <IconButton label={t("ui.close")} icon={X} size="small" onClick={onDismiss} />
      </p>
    </div>
  );
}
