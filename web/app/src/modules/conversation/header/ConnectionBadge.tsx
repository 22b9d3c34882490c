import type { ChatStatus } from "@spotter/chat-client";
import { RotateCw } from "lucide-react";
import { useEffect, useState } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { type Badge, badgeOf, secondsUntil } from "./badge";

const TONES: Record<Badge["tone"], { text: string; dot: string }> = {
  ok: { text: "text-ok", dot: "bg-ok" },
  busy: { text: "text-muted", dot: "bg-control motion-safe:animate-pulse" },
  waiting: { text: "text-warning", dot: "bg-warning" },
  bad: { text: "text-danger", dot: "bg-danger" },
};

export interface ConnectionBadgeProps {
  status: ChatStatus;
  onReconnect(): void;
}

/** How the connection stands, in one word and one colour, with a way to try at once where that may help. */
export function ConnectionBadge({ status, onReconnect }: ConnectionBadgeProps) {
  const { t } = useTexts();
  const badge = badgeOf(status);
  const tone = TONES[badge.tone];
  const detail = badge.detail ? t(badge.detail) : undefined;
  return (
    <div className="flex shrink-0 items-center gap-1.5">
      <span
        className={classes("inline-flex items-center gap-1.5 rounded-full text-sm font-medium", tone.text)}
        title={detail}
      >
        <span aria-hidden className={classes("size-2 rounded-full", tone.dot)} />
        <span role="status" data-testid="connection">
          {t(badge.label)}
          {detail && <span className="sr-only">. {detail}</span>}
        </span>
        {badge.retryAt !== null && <Countdown retryAt={badge.retryAt} />}
      </span>
      {badge.reconnect && (
        <button
          type="button"
          onClick={onReconnect}
          className="inline-flex min-h-8 items-center gap-1.5 rounded-full bg-sunken px-3 text-sm font-semibold hover:bg-line"
        >
          <RotateCw aria-hidden size={14} />
          {t("badge.reconnect")}
        </button>
      )}
    </div>
  );
}

/** Beside the status and not in it: nobody wants to hear every second. */
function Countdown({ retryAt }: { retryAt: number }) {
  const { t } = useTexts();
  const [seconds, setSeconds] = useState(() => secondsUntil(retryAt, Date.now()));
  useEffect(() => {
    const tick = () => setSeconds(secondsUntil(retryAt, Date.now()));
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [retryAt]);
  return (
    <span aria-hidden className="tabular-nums">
      {t("badge.retryIn", { seconds })}
    </span>
  );
}
