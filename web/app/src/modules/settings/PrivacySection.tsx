import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/Skeleton";
import { Section } from "./Section";
import { Switch } from "./Switch";
import { useMySettings } from "./useMySettings";

/** What the other person may see; hiding works both ways. */
export function PrivacySection() {
  const { t } = useTexts();
  const { settings, trouble, change, retry } = useMySettings();
  return (
    <Section title={t("settings.privacy")}>
      {settings && (
        <>
          <Switch
            label={t("settings.presence")}
            description={t("settings.presence.about")}
            on={settings.presence}
            onChange={(presence) => change({ presence })}
          />
          <Switch
            label={t("settings.receipts")}
            description={t("settings.receipts.about")}
            on={settings.receipts}
            onChange={(receipts) => change({ receipts })}
          />
        </>
      )}
      {!settings && trouble === null && (
        <div aria-busy className="flex flex-col gap-3">
          <Skeleton className="h-10 w-full" />
          <Skeleton className="h-10 w-full" />
        </div>
      )}
      {trouble && (
        <p role="alert" className="flex flex-wrap items-center gap-3 text-danger text-sm">
          {t(trouble === "read" ? "settings.unread" : "settings.unkept")}
          {trouble === "read" && <Button onClick={retry}>{t("settings.retry")}</Button>}
        </p>
      )}
    </Section>
  );
}
