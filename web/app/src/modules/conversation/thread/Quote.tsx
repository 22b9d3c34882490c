import type { ChatMessage } from "@spotter/chat-client";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { calmText } from "../text/calmText";
import { previewOf } from "./preview";

export interface QuoteProps {
  /** Null when the quoted message is not loaded. */
  quoted: ChatMessage | null;
  peerName: string;
  onBrand: boolean;
  onJump(): void;
}

/** The message a reply answers; a click goes there. */
export function Quote({ quoted, peerName, onBrand, onJump }: QuoteProps) {
  const { t } = useTexts();
  return (
    <button
      type="button"
      title={t("message.jumpTo")}
      onClick={onJump}
      className={classes(
        "mb-1.5 block w-full min-w-40 overflow-hidden rounded-control border-l-4 px-2.5 py-1.5 text-left text-sm",
        onBrand ? "border-accent bg-black/20 text-on-own" : "border-brand bg-brand-soft text-ink",
      )}
    >
      {quoted && (
        <bdi className={classes("block truncate font-semibold", !onBrand && "text-brand")}>
          {quoted.own ? t("conversation.you") : peerName}
        </bdi>
      )}
      <span dir="auto" className="line-clamp-2 [overflow-wrap:anywhere] [unicode-bidi:plaintext]">
        {quoted ? calmText(previewOf(quoted, t)) : t("message.earlier")}
      </span>
    </button>
  );
}
