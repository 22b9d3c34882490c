import { BellRing } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import { permission } from "./permission";
import { preferences } from "./preferences";
import { received } from "./received";
import { mayAsk } from "./rules";

/** Asks once, after the first message that came: at load nobody knows what they would allow. */
export function NotificationBar() {
  const { t } = useTexts();
  const decided = useSyncExternalStore(preferences.subscribe, preferences.get);
  const allowed = useSyncExternalStore(permission.subscribe, permission.get);
  const came = useSyncExternalStore(received.subscribe, received.get);
  if (!mayAsk(decided, allowed, came)) return null;
  return (
    <aside
      aria-label={t("notifications.title")}
      className="m-2 flex animate-rise flex-wrap items-center gap-x-3 gap-y-2 rounded-card bg-brand-soft px-3 py-2.5"
    >
      <BellRing aria-hidden size={20} className="shrink-0 text-brand" />
      <p className="min-w-44 flex-1 text-sm">{t("notifications.ask")}</p>
      <span className="flex gap-2">
        <Button
          className="min-h-9 bg-transparent text-sm"
          onClick={() => preferences.change({ wanted: false })}
        >
          {t("notifications.later")}
        </Button>
        <Button variant="primary" className="min-h-9 text-sm" onClick={() => void turnOn()}>
          {t("notifications.on")}
        </Button>
      </span>
    </aside>
  );
}

/** The person's word, then the browser's; a refusal there is a refusal here. */
export async function turnOn(): Promise<void> {
  const answer = await permission.ask();
  // Closed without an answer: may be asked another time.
  if (answer !== "default") preferences.change({ wanted: answer === "granted" });
}
