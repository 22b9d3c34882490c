import { ArrowDown } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";

/** Back to the end, with what arrived there meanwhile. */
export function JumpButton({ newCount, onClick }: { newCount: number; onClick(): void }) {
  const { t } = useTexts();
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
      <button
        type="button"
        onClick={onClick}
        aria-label={newCount === 0 ? t("conversation.toNewest") : undefined}
        className="pointer-events-auto flex min-h-10 min-w-10 animate-rise items-center justify-center gap-2 rounded-full border border-line bg-raised px-2.5 font-semibold text-ink shadow-raised hover:bg-sunken"
      >
        <ArrowDown aria-hidden size={18} />
        {newCount > 0 && <span className="pr-1.5">{t("conversation.newCount", { count: newCount })}</span>}
      </button>
    </div>
  );
}
