import type { ChatMessage } from "@spotter/chat-client";
import { type KeyboardEvent, type MouseEvent, memo, useState } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { formatDate } from "./dates";
import { FailedNote } from "./FailedNote";
import { MessageBubble } from "./MessageBubble";
import { ReactionChips } from "./ReactionChips";
import { RowButtons } from "./RowButtons";
import type { RowActions } from "./rowActions";

export interface MessageRowProps {
  message: ChatMessage;
  quoted: ChatMessage | null;
  meId: string;
  peerName: string;
  first: boolean;
  last: boolean;
  expanded: boolean;
  /** Whether the Tab key leads here; arrows walk from row to row. */
  reachable: boolean;
  actions: RowActions;
}

/** One message with everything around its bubble. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, meId, peerName, first, reachable, actions } = props;
  const { t, dateLocale } = useTexts();
  // The buttons are rendered only where they may be pressed: fifty pairs of them would slow scrolling down.
  const [near, setNear] = useState(false);
  const changeable = message.seq !== null && message.deletedAt === null;
  const name = message.own ? t("conversation.you") : peerName;

  const openMenu = (event: MouseEvent<HTMLElement> | KeyboardEvent<HTMLElement>) => {
    if (!changeable) return;
    event.preventDefault();
    actions.openMenu(message, event.currentTarget);
  };

  return (
    <article
      aria-label={t("message.from", { name, time: formatDate(new Date(message.sentAt), "time", dateLocale) })}
      tabIndex={reachable ? 0 : -1}
      data-message={message.id}
      onPointerEnter={() => setNear(true)}
      onPointerLeave={() => setNear(false)}
      onKeyDown={(event) => event.target === event.currentTarget && isMenuKey(event) && openMenu(event)}
      className={classes(
        "group flex rounded-card px-3 sm:px-5 focus-visible:-outline-offset-2",
        message.own ? "flex-row-reverse" : "flex-row",
        first ? "pt-3" : "pt-0.5",
      )}
    >
      <div
        className={classes(
          "flex max-w-[min(36rem,86%)] min-w-0 flex-col",
          message.own ? "items-end" : "items-start",
        )}
      >
        {/* biome-ignore lint/a11y/noStaticElementInteractions: shortcuts; the buttons beside the bubble are for everybody. */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the article around it hears Enter. */}
        <div
          className="max-w-full"
          onContextMenu={(event) => isOnText(event) && openMenu(event)}
          onClick={(event) => isTouch(event) && isOnText(event) && openMenu(event)}
        >
          <MessageBubble {...props} />
        </div>
        {message.reactions.length > 0 && (
          <ReactionChips
            reactions={message.reactions}
            meId={meId}
            onToggle={(emoji, on) => actions.react(message, emoji, on)}
          />
        )}
        {message.state === "failed" && <FailedNote message={message} actions={actions} />}
      </div>
      {changeable && (near || reachable) && (
        <RowButtons
          own={message.own}
          reachable={reachable}
          onMenu={(anchor) => actions.openMenu(message, anchor)}
          onReply={() => actions.reply(message)}
        />
      )}
    </article>
  );
});

function isMenuKey({ key, shiftKey }: KeyboardEvent): boolean {
  return key === "Enter" || key === " " || key === "ContextMenu" || (key === "F10" && shiftKey);
}

/** A finger, or a screen reader, which presses without a pointer. */
function isTouch({ nativeEvent, detail }: MouseEvent): boolean {
  return detail === 0 || (nativeEvent instanceof PointerEvent && nativeEvent.pointerType === "touch");
}

/** Links, pictures and buttons in a bubble have their own presses; one on selected text is about the text. */
function isOnText({ target }: MouseEvent): boolean {
  const own = target instanceof Element && target.closest("a, button, input, [role=slider]");
  return !own && (window.getSelection()?.isCollapsed ?? true);
}
