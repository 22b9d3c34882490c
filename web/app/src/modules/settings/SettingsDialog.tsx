import { useTexts } from "../../i18n/useTexts";
import { Dialog } from "../../ui/Dialog";
import { AppearanceSection } from "./AppearanceSection";
import { DataSection } from "./DataSection";
import { NotificationsSection } from "./NotificationsSection";
import { PeopleSection } from "./PeopleSection";
import { PrivacySection } from "./PrivacySection";

export interface SettingsDialogProps {
  open: boolean;
  onClose(): void;
}

/** What a person decides about the app and about themselves. */
export function SettingsDialog({ open, onClose }: SettingsDialogProps) {
  const { t } = useTexts();
  if (!open) return null;
  return (
    <Dialog title={t("settings.title")} onClose={onClose}>
      <div className="flex flex-col gap-7">
        <PrivacySection />
        <NotificationsSection />
        <AppearanceSection />
        <PeopleSection />
        <DataSection />
      </div>
    </Dialog>
  );
}
