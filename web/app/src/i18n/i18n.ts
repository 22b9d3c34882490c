import { type Messages, setupI18n } from "@lingui/core";
import { persistently } from "../ui/lazyPart";
import { dateLocale, type Locale, pickLocale } from "./locales";

const KEY = "spotter.locale";

// Each language is its own chunk: a reader loads one.
const catalogs: Record<Locale, () => Promise<{ messages: Messages }>> = {
  en: () => import("./catalog.en"),
  de: () => import("./catalog.de"),
};

export const i18n = setupI18n();

/** Loads the language that the person chose, the host asks for or the browser prefers. */
export async function startI18n(hostLocale?: string): Promise<void> {
  await showLocale(pickLocale([storedLocale(), hostLocale, ...navigator.languages]));
}

export async function showLocale(locale: Locale): Promise<void> {
  const { messages } = await persistently(catalogs[locale]);
  i18n.loadAndActivate({ locale, locales: [dateLocale(locale, navigator.languages)], messages });
  document.documentElement.lang = locale;
}

export function keepLocale(locale: Locale): void {
  try {
    localStorage.setItem(KEY, locale);
  } catch {
    // The choice then lasts as long as the page.
  }
}

function storedLocale(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
