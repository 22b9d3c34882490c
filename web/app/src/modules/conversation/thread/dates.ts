import type { Translate } from "../../../i18n/useTexts";

type Format = "time" | "weekday" | "shortWeekday" | "day" | "dayAndYear" | "shortDay" | "full";

const OPTIONS: Record<Format, Intl.DateTimeFormatOptions> = {
  time: { hour: "numeric", minute: "2-digit" },
  weekday: { weekday: "long" },
  shortWeekday: { weekday: "short" },
  day: { weekday: "long", day: "numeric", month: "long" },
  dayAndYear: { day: "numeric", month: "long", year: "numeric" },
  shortDay: { day: "numeric", month: "numeric", year: "2-digit" },
  full: { dateStyle: "full", timeStyle: "short" },
};

// A formatter takes a hundred times longer to make than to use.
const formatters = new Map<string, Intl.DateTimeFormat>();

export function formatDate(date: Date, format: Format, locale: string): string {
  const key = `${format} ${locale}`;
  const formatter = formatters.get(key) ?? new Intl.DateTimeFormat(locale, OPTIONS[format]);
  formatters.set(key, formatter);
  return formatter.format(date);
}

/** The line above a day's messages: "Today", "Yesterday", a weekday, or the date. */
export function dayLabel(date: Date, now: Date, locale: string, t: Translate): string {
  const days = daysBetween(date, now);
  if (days === 0) return t("conversation.today");
  if (days === 1) return t("conversation.yesterday");
  if (days > 1 && days < 7) return formatDate(date, "weekday", locale);
  return formatDate(date, date.getFullYear() === now.getFullYear() ? "day" : "dayAndYear", locale);
}

/** When a conversation last moved, as short as a list needs it. */
export function listLabel(date: Date, now: Date, locale: string, t: Translate): string {
  const days = daysBetween(date, now);
  if (days === 0) return formatDate(date, "time", locale);
  if (days === 1) return t("conversation.yesterday");
  return formatDate(date, days > 1 && days < 7 ? "shortWeekday" : "shortDay", locale);
}

/** "5 minutes ago": how long a person has been away. */
export function agoLabel(date: Date, now: Date, locale: string): string {
  const seconds = Math.max(0, (now.getTime() - date.getTime()) / 1000);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (seconds < 3600) return relative.format(-Math.max(1, Math.round(seconds / 60)), "minute");
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), "hour");
  return relative.format(-daysBetween(date, now), "day");
}

/** Calendar days in the reader's time zone; a day of 23 hours counts as one. */
function daysBetween(date: Date, now: Date): number {
  return Math.round((midnight(now) - midnight(date)) / 86_400_000);
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
