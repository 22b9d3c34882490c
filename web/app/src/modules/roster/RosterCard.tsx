import { Link } from "wouter";
import { useTexts } from "../../i18n/useTexts";
import { Avatar } from "../../ui/Avatar";
import { classes } from "../../ui/classes";
import { Skeleton } from "../../ui/Skeleton";
import { calmText } from "../conversation/text/calmText";
import { formatDate, listLabel } from "../conversation/thread/dates";
import { previewOf } from "../conversation/thread/preview";
import { Ticks } from "../conversation/thread/Ticks";
import { lastState } from "./lastState";
import type { Line } from "./lines";

export interface RosterCardProps {
  line: Line;
  meId: string;
  href: string;
  selected: boolean;
  online: boolean;
}

/** A person in the list: who, when last, what last, and how much of it is unread. */
export function RosterCard({ line, meId, href, selected, online }: RosterCardProps) {
  const { t } = useTexts();
  const unread = line.conversation?.unread ?? 0;
  return (
    <Link
      href={href}
      aria-current={selected ? "page" : undefined}
      data-peer={line.peerId}
      className={classes(
        "flex items-center gap-3 rounded-card px-3 py-2.5 transition-colors focus-visible:-outline-offset-2",
        selected ? "bg-brand-soft" : "hover:bg-sunken",
      )}
    >
      <Avatar id={line.peerId} name={line.name ?? ""} online={online} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          {line.name === null ? (
            <Skeleton className="h-4 w-32" />
          ) : (
            <bdi className={classes("truncate", unread > 0 ? "font-bold" : "font-semibold")}>{line.name}</bdi>
          )}
          {online && <span className="sr-only">, {t("conversation.online")}</span>}
          <LastTime line={line} unread={unread > 0} />
        </span>
        <span className="mt-0.5 flex min-h-5 items-center gap-2 text-sm">
          <LastMessage line={line} meId={meId} unread={unread > 0} />
          {unread > 0 && <Unread count={unread} />}
        </span>
      </span>
    </Link>
  );
}

function LastTime({ line, unread }: { line: Line; unread: boolean }) {
  const { t, dateLocale } = useTexts();
  const sentAt = line.conversation?.lastMessage?.sentAt;
  if (!sentAt) return null;
  const date = new Date(sentAt);
  return (
    <time
      dateTime={sentAt}
      title={formatDate(date, "full", dateLocale)}
      className={classes("ml-auto shrink-0 text-xs", unread ? "font-semibold text-brand" : "text-muted")}
    >
      {listLabel(date, new Date(), dateLocale, t)}
    </time>
  );
}

function LastMessage({ line, meId, unread }: { line: Line; meId: string; unread: boolean }) {
  const { t } = useTexts();
  const { conversation } = line;
  if (conversation?.typing)
    return <span className="min-w-0 flex-1 truncate text-brand">{t("roster.typing")}</span>;
  const message = conversation?.lastMessage;
  if (!conversation || !message)
    return <span className="min-w-0 flex-1 truncate text-muted">{t("roster.nothingYet")}</span>;
  return (
    <span className={classes("flex min-w-0 flex-1 items-center gap-1", unread ? "text-ink" : "text-muted")}>
      {message.senderId === meId && !message.deletedAt && (
        <Ticks state={lastState(conversation, message.seq)} readClass="text-brand" />
      )}
      <span dir="auto" className="truncate [unicode-bidi:plaintext]">
        {calmText(previewOf(message, t))}
      </span>
    </span>
  );
}

function Unread({ count }: { count: number }) {
  const { t } = useTexts();
  return (
    <span className="inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full bg-accent px-1.5 text-xs font-bold text-on-accent tabular-nums">
      <span aria-hidden>{count > 99 ? "99+" : count}</span>
      <span className="sr-only">{t("roster.unread", { count })}</span>
    </span>
  );
}
