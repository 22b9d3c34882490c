import { Monitor, Moon, Sun } from "lucide-react";
import { useId } from "react";
import { useLocale } from "../../i18n/useLocale";
import { useTexts } from "../../i18n/useTexts";
import { useTheme } from "../../theme/useTheme";
import { Section } from "./Section";

const THEMES = [
  { theme: "system", icon: Monitor },
  { theme: "light", icon: Sun },
  { theme: "dark", icon: Moon },
] as const;

/** Light or dark, and the language. */
export function AppearanceSection() {
  const { t } = useTexts();
  const { theme, setTheme } = useTheme();
  const { locale, locales, setLocale } = useLocale();
  const name = useId();
  return (
    <Section title={t("settings.appearance")}>
      <fieldset className="grid grid-cols-3 gap-1 rounded-control bg-sunken p-1">
        <legend className="sr-only">{t("settings.theme")}</legend>
        {THEMES.map(({ theme: one, icon: Icon }) => (
          <label
            key={one}
            className="flex h-9 items-center justify-center gap-2 rounded-tight font-medium text-muted text-sm has-checked:bg-brand-soft has-checked:text-brand has-focus-visible:outline-2 has-focus-visible:outline-brand"
          >
            <input
              type="radio"
              name={name}
              checked={theme === one}
              onChange={() => setTheme(one)}
              className="sr-only"
            />
            <Icon aria-hidden size={16} />
            {t(`settings.theme.${one}`)}
          </label>
        ))}
      </fieldset>
      <label className="flex items-center justify-between gap-4">
        <span className="font-medium">{t("settings.language")}</span>
        <select
          value={locale}
          onChange={(event) => {
            const chosen = locales.find(({ code }) => code === event.target.value);
            if (chosen) setLocale(chosen.code);
          }}
          className="h-10 rounded-control border border-control bg-raised px-3"
        >
          {locales.map(({ code, name: own }) => (
            <option key={code} value={code} lang={code}>
              {own}
            </option>
          ))}
        </select>
      </label>
    </Section>
  );
}
