/** The languages the app speaks, with their own names. */
export const LOCALES = [
  { code: "en", name: "English" },
  { code: "de", name: "Deutsch" },
] as const;

export type Locale = (typeof LOCALES)[number]["code"];

/** Picks the first wanted language the app speaks; English otherwise. */
export function pickLocale(wanted: readonly (string | null | undefined)[]): Locale {
  for (const tag of wanted) {
    const language = tag?.toLowerCase().split("-")[0];
    const spoken = LOCALES.find(({ code }) => code === language);
    if (spoken) return spoken.code;
  }
  return "en";
}

/** The tag for dates and numbers: the reader's own region where it fits the language shown. */
export function dateLocale(locale: Locale, preferred: readonly string[]): string {
  return preferred.find((tag) => tag.toLowerCase().split("-")[0] === locale) ?? locale;
}
