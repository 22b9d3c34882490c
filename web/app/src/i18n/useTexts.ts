import { useLingui } from "@lingui/react";

export type Translate = (id: string, values?: Record<string, unknown>) => string;

/** The texts of the language shown, and the tag to format dates and numbers with. */
export function useTexts(): { t: Translate; locale: string; dateLocale: string } {
  // `_` is another function after a language switch, so whatever depends on it is computed again.
  const { i18n, _ } = useLingui();
  return {
    t: _ as Translate,
    locale: i18n.locale,
    dateLocale: [i18n.locales ?? i18n.locale].flat()[0] ?? "en",
  };
}
