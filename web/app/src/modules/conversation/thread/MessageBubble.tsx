import type { ChatMessage } from "@spotter/chat-client";
import { Ban } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { Attachments } from "../../media/Attachments";
import { isEmojiOnly } from "../text/emojiOnly";
import { MessageMeta } from "./MessageMeta";
import { MessageText } from "./MessageText";
import { Quote } from "./Quote";
import type { RowActions } from "./rowActions";

export interface MessageBubbleProps {
  message: ChatMessage;
  quoted: ChatMessage | null;
  peerName: string;
  first: boolean;
  last: boolean;
  expanded: boolean;
  actions: RowActions;
}

export function MessageBubble(props: MessageBubbleProps) {
  const { message, quoted, peerName, expanded, actions } = props;
  const deleted = message.deletedAt !== null;
  const plain = deleted || isLargeEmoji(message);

  return (
    <div className={classes("min-w-0 max-w-full", shape(props, plain, deleted))}>
      {message.replyTo !== null && !deleted && (
        <Quote
          quoted={quoted}
          peerName={peerName}
          onBrand={message.own && !plain}
          onJump={() => message.replyTo !== null && actions.jump(message.replyTo)}
        />
      )}
      {message.attachments.length > 0 && !deleted && (
        <div className="mb-1.5">
          <Attachments attachments={message.attachments} own={message.own} />
        </div>
      )}
      <div
        className={classes(
          "flex flex-wrap items-end gap-x-3 gap-y-0.5",
          message.attachments.length > 0 && "px-1.5",
        )}
      >
        {deleted ? (
          <Deleted />
        ) : (
          message.text && (
            <MessageText
              text={message.text}
              expanded={expanded}
              onExpand={(on) => actions.expand(message.id, on)}
            />
          )
        )}
        <MessageMeta message={message} plain={plain} />
      </div>
    </div>
  );
}

function Deleted() {
  const { t } = useTexts();
  return (
    <p className="flex items-center gap-1.5 text-muted italic">
      <Ban aria-hidden size={15} />
      {t("message.deleted")}
    </p>
  );
}

function isLargeEmoji({ text, attachments, replyTo }: ChatMessage): boolean {
  return text !== null && attachments.length === 0 && replyTo === null && isEmojiOnly(text);
}

/** The corner towards the sender's side is tight within a run, so that a run reads as one. */
function shape({ message, first, last }: MessageBubbleProps, plain: boolean, deleted: boolean): string {
  const { own, state } = message;
  if (deleted) return "rounded-bubble border border-dashed border-line px-3.5 py-1.5";
  if (plain) return "px-1 py-0.5";
  return classes(
    "rounded-bubble shadow-bubble",
    message.attachments.length > 0 ? "px-2 py-2" : "px-3.5 py-2",
    own ? "bg-own text-on-own" : "bg-other text-ink",
    own && !first && "rounded-tr-tight",
    own && !last && "rounded-br-tight",
    !own && !first && "rounded-tl-tight",
    !own && !last && "rounded-bl-tight",
    state === "failed" && "outline-2 outline-danger",
    (state === "waiting" || state === "sending") && "opacity-90",
  );
}
