import { useLingui } from "@lingui/react";
import { keepLocale, showLocale } from "./i18n";
import { LOCALES, type Locale, pickLocale } from "./locales";

export function useLocale(): { locale: Locale; locales: typeof LOCALES; setLocale(locale: Locale): void } {
  const { i18n } = useLingui();
  return { locale: pickLocale([i18n.locale]), locales: LOCALES, setLocale };
}

function setLocale(locale: Locale): void {
  keepLocale(locale);
  void showLocale(locale);
}
