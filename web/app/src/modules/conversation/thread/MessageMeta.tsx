import type { ChatMessage } from "@spotter/chat-client";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { formatDate } from "./dates";
import { Ticks } from "./Ticks";

/** Time, "edited" and ticks, at the end of a bubble. `plain`: without a bubble around it. */
export function MessageMeta({ message, plain }: { message: ChatMessage; plain: boolean }) {
  const { t, dateLocale } = useTexts();
  const sent = new Date(message.sentAt);
  const onBrand = message.own && !plain;
  return (
    <span
      className={classes(
        "ml-auto inline-flex items-center gap-1 self-end text-xs whitespace-nowrap select-none",
        onBrand ? "text-on-own-muted" : "text-muted",
      )}
    >
      {message.editedAt && !message.deletedAt && <span>{t("message.edited")}</span>}
      <time dateTime={message.sentAt} title={formatDate(sent, "full", dateLocale)}>
        {formatDate(sent, "time", dateLocale)}
      </time>
      {!message.deletedAt && (
        <Ticks state={message.state} readClass={onBrand ? "text-accent" : "text-brand"} />
      )}
    </span>
  );
}
