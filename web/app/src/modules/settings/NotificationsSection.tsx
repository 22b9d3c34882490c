import { useSyncExternalStore } from "react";
import { useTexts } from "../../i18n/useTexts";
import { turnOn } from "../notifications/NotificationBar";
import { permission } from "../notifications/permission";
import { preferences } from "../notifications/preferences";
import { Section } from "./Section";
import { Switch } from "./Switch";

/** Whether this device tells of new messages, and how much it says. */
export function NotificationsSection() {
  const { t } = useTexts();
  const decided = useSyncExternalStore(preferences.subscribe, preferences.get);
  const allowed = useSyncExternalStore(permission.subscribe, permission.get);
  const on = decided.wanted === true && allowed === "granted";
  return (
    <Section title={t("settings.notifications")}>
      <Switch
        label={t("settings.notify")}
        description={t("settings.notify.about")}
        on={on}
        disabled={allowed === "denied" || allowed === "unsupported"}
        onChange={(wanted) => (wanted ? void turnOn() : preferences.change({ wanted: false }))}
      />
      {allowed === "denied" && <p className="text-sm text-warning">{t("settings.notify.denied")}</p>}
      {allowed === "unsupported" && <p className="text-muted text-sm">{t("settings.notify.unsupported")}</p>}
      {on && (
        <Switch
          label={t("settings.notify.text")}
          description={t("settings.notify.text.about")}
          on={decided.showText}
          onChange={(showText) => preferences.change({ showText })}
        />
      )}
    </Section>
  );
}
