import type { ChatMessage } from "@spotter/chat-client";
import { Pencil, Reply, X } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { IconButton } from "../../../ui/IconButton";
import { calmText } from "../text/calmText";
import { indexOfSeq } from "../thread/grouping";
import { previewOf } from "../thread/preview";

/** What the composer is about to do to which message; nothing for an ordinary message. */
export type Context = { kind: "reply" | "edit"; message: ChatMessage } | null;

/** The same context with its message as it stands in the thread: it may be changed or deleted meanwhile. */
export function currentContext(context: Context, messages: readonly ChatMessage[]): Context {
  if (context === null || context.message.seq === null) return context;
  const message = messages[indexOfSeq(messages, context.message.seq)];
  return message === undefined || message === context.message ? context : { ...context, message };
}

export interface ContextBarProps {
  context: NonNullable<Context>;
  peerName: string;
  onCancel(): void;
}

export function ContextBar({ context: { kind, message }, peerName, onCancel }: ContextBarProps) {
  const { t } = useTexts();
  const editing = kind === "edit";
  const Icon = editing ? Pencil : Reply;
  const replying = message.own ? t("composer.replyingToSelf") : t("composer.replying", { name: peerName });
  return (
    <div className="flex items-center gap-3 border-b border-line py-1.5 pr-1 pl-3 text-sm">
      <Icon aria-hidden size={16} className="shrink-0 text-brand" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-semibold text-brand">
          <bdi>{editing ? t("composer.editing") : replying}</bdi>
        </p>
        <p dir="auto" className="truncate text-muted [unicode-bidi:plaintext]">
          {calmText(previewOf(message, t))}
        </p>
      </div>
      <IconButton
        label={t(editing ? "composer.cancelEdit" : "composer.cancelReply")}
        icon={X}
        size="small"
        onClick={onCancel}
      />
    </div>
  );
}
