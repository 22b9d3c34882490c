import { useTexts } from "../../../i18n/useTexts";
import { dayLabel } from "./dates";

export function DayLine({ sentAt }: { sentAt: string }) {
  const { t, dateLocale } = useTexts();
  return (
    <div className="flex justify-center pt-5 pb-1">
      <span className="rounded-full bg-sunken px-3 py-0.5 text-xs font-semibold text-muted">
        <time dateTime={sentAt.slice(0, 10)}>{dayLabel(new Date(sentAt), new Date(), dateLocale, t)}</time>
      </span>
    </div>
  );
}

export function UnreadLine() {
  const { t } = useTexts();
  return (
    <div className="flex items-center gap-3 px-5 pt-4 pb-1 text-xs font-bold text-brand">
      <span aria-hidden className="h-px grow bg-brand" />
      {t("conversation.newMessages")}
      <span aria-hidden className="h-px grow bg-brand" />
    </div>
  );
}

export function BeginningLine({ peerName }: { peerName: string }) {
  const { t } = useTexts();
  return (
    <p className="px-5 pt-8 pb-2 text-center text-sm text-muted">
      <bdi>{t("conversation.beginning", { name: peerName })}</bdi>
    </p>
  );
}
