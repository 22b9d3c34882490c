import type { MessageState } from "@spotter/chat-client";
import { Check, CheckCheck, CircleAlert, Clock3, type LucideIcon } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";

const ICONS: Record<Exclude<MessageState, "received">, LucideIcon> = {
  waiting: Clock3,
  sending: Clock3,
  failed: CircleAlert,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
};

/** How far an own message has come; the word is there for screen readers and as the tooltip. */
export function Ticks({ state, readClass }: { state: MessageState; readClass: string }) {
  const { t } = useTexts();
  if (state === "received") return null;
  const Icon = ICONS[state];
  const label = t(`message.state.${state}`);
  return (
    <span title={label} data-state={state} className={classes("inline-flex", state === "read" && readClass)}>
      <Icon aria-hidden size={15} strokeWidth={2.25} />
      <span className="sr-only">{label}</span>
    </span>
  );
}
