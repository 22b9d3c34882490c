const KILO = 1_000;
const MEGA = 1_000_000;

/** A file's size as people say it: "248 kB", "1.2 MB". */
export function sizeText(bytes: number, locale: string): string {
  const [value, unit] = bytes < MEGA ? [Math.max(1, bytes / KILO), "kilobyte"] : [bytes / MEGA, "megabyte"];
  const maximumFractionDigits = value < 10 && unit === "megabyte" ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits,
  }).format(value);
}

/** Minutes and seconds: "0:37". */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
