import { useTexts } from "../../../i18n/useTexts";

const DOTS = ["", "[animation-delay:150ms]", "[animation-delay:300ms]"];

/** Has its height at all times, so that nothing moves when somebody begins to type. */
export function TypingLine({ name }: { name: string | null }) {
  const { t } = useTexts();
  return (
    <div
      className="mx-auto flex h-6 max-w-4xl items-center gap-2 px-5 text-sm text-muted md:px-8"
      data-testid="typing"
    >
      {name !== null && (
        <>
          <span aria-hidden className="flex gap-1">
            {DOTS.map((delay) => (
              <span key={delay} className={`size-1.5 animate-typing rounded-full bg-brand ${delay}`} />
            ))}
          </span>
          <bdi className="truncate">{t("conversation.isTyping", { name })}</bdi>
        </>
      )}
    </div>
  );
}
