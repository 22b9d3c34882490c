import type { Me } from "@spotter/chat-client";
import { useConversations } from "@spotter/chat-client/react";
import { MessageCircle, Settings } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { LateBoundary } from "../../ui/LateBoundary";
import { lazyPart } from "../../ui/lazyPart";
import { pathOf } from "../roster/selection";
import { Logo } from "./Logo";

const SettingsDialog = lazyPart(() =>
  import("../settings/SettingsDialog").then(({ SettingsDialog }) => SettingsDialog),
);

export interface MainNavigationProps {
  me: Me;
  /** A thread on a phone takes the whole screen. */
  hiddenOnPhone: boolean;
}

export function MainNavigation({ me, hiddenOnPhone }: MainNavigationProps) {
  const { t } = useTexts();
  const [settings, setSettings] = useState(false);
  return (
    <nav
      aria-label={t("shell.navigation")}
      className={classes(
        "flex shrink-0 items-center justify-around gap-1 border-line bg-surface pb-[env(safe-area-inset-bottom)]",
        "max-md:border-t md:w-23 md:flex-col md:justify-start md:border-r md:px-2 md:py-4",
        hiddenOnPhone && "max-md:hidden",
      )}
    >
      <Logo className="mb-4 size-10 max-md:hidden" />
      <Link href={pathOf(me)} aria-current="page" className={classes(ITEM, "text-brand")}>
        <span className="relative rounded-full bg-brand-soft px-4 py-1">
          <MessageCircle aria-hidden size={22} />
          <UnreadTotal />
        </span>
        {t("shell.messages")}
      </Link>
      <button
        type="button"
        onClick={() => setSettings(true)}
        className={classes(ITEM, "text-muted hover:text-ink md:mt-auto")}
      >
        <span className="px-4 py-1">
          <Settings aria-hidden size={22} />
        </span>
        {t("shell.settings")}
      </button>
      {settings && (
        <LateBoundary floating onClose={() => setSettings(false)}>
          <SettingsDialog open onClose={() => setSettings(false)} />
        </LateBoundary>
      )}
    </nav>
  );
}

const ITEM =
  "flex min-h-14 min-w-16 flex-col items-center justify-center gap-0.5 rounded-card text-xs font-semibold";

function UnreadTotal() {
  const { t } = useTexts();
  const { entries } = useConversations();
  const count = entries.reduce((sum, { unread }) => sum + unread, 0);
  if (count === 0) return null;
  return (
    <span className="absolute -top-1.5 left-9 inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-full bg-accent px-1 text-xs font-bold text-on-accent tabular-nums">
      <span aria-hidden>{count > 99 ? "99+" : count}</span>
      <span className="sr-only">{t("roster.unread", { count })}</span>
    </span>
  );
}
