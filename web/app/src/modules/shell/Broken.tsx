import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import { Logo } from "./Logo";

/** What a defect leaves: an honest sentence and a way out. */
export function Broken() {
  const { t } = useTexts();
  return (
    <main role="alert" className="flex h-dvh flex-col items-center justify-center gap-4 p-8 text-center">
      <Logo className="size-16" />
      <h1 className="text-xl font-bold">{t("shell.broken")}</h1>
      <p className="max-w-sm text-muted">{t("shell.brokenHint")}</p>
      <Button variant="primary" onClick={() => window.location.reload()}>
        {t("shell.reload")}
      </Button>
    </main>
  );
}
