import { X } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { IconButton } from "../../../ui/IconButton";
import { codeOf, failureText } from "./failureText";

/** An edit, a deletion or a reaction that was taken back because the server refused it. */
export function ChangeFailed({ error, onDismiss }: { error: unknown; onDismiss(): void }) {
  const { t } = useTexts();
  return (
    <div
      role="alert"
      className="pointer-events-none absolute inset-x-0 bottom-24 z-20 flex justify-center px-4"
    >
      <span className="pointer-events-auto flex items-center gap-2 rounded-card bg-danger-soft py-1 pr-1 pl-4 text-danger shadow-raised">
        {t("message.changeFailed")} {failureText(codeOf(error), t)}
        <IconButton label={t("ui.close")} icon={X} size="small" onClick={onDismiss} />
      </span>
    </div>
  );
}
