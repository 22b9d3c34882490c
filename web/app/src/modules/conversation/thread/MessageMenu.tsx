import type { ChatMessage } from "@spotter/chat-client";
import { Copy, type LucideIcon, Pencil, Reply, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { LateBoundary } from "../../../ui/LateBoundary";
import { lazyPart } from "../../../ui/lazyPart";
import { Popover } from "../../../ui/Popover";
import { QuickReactions } from "../../emoji/QuickReactions";

const EmojiPicker = lazyPart(() => import("../../emoji/EmojiPicker").then(({ EmojiPicker }) => EmojiPicker));

export interface MessageMenuProps {
  message: ChatMessage;
  anchor: HTMLElement;
  meId: string;
  editable: boolean;
  writable: boolean;
  onReact(emoji: string, on: boolean): void;
  onReply(): void;
  onEdit(): void;
  onDelete(): void;
  onClose(): void;
}

export function MessageMenu(props: MessageMenuProps) {
  const { message, anchor, meId, onReact, onClose } = props;
  const { t } = useTexts();
  const [picking, setPicking] = useState(false);
  const mine = new Set(
    message.reactions.filter(({ userIds }) => userIds.includes(meId)).map(({ emoji }) => emoji),
  );

  const react = (emoji: string, on: boolean) => {
    onReact(emoji, on);
    onClose();
  };

  return (
    <Popover label={t("message.actions")} anchor={anchor} onClose={onClose}>
      {picking ? (
        <LateBoundary onClose={onClose}>
          <EmojiPicker onPick={(emoji) => react(emoji, true)} onClose={onClose} />
        </LateBoundary>
      ) : (
        <>
          {props.writable && <QuickReactions mine={mine} onToggle={react} onMore={() => setPicking(true)} />}
          <Commands {...props} />
        </>
      )}
    </Popover>
  );
}

function Commands({ message, writable, editable, onReply, onEdit, onDelete, onClose }: MessageMenuProps) {
  const { t } = useTexts();
  const text = message.text;
  const then = (command: () => void) => () => {
    onClose();
    command();
  };
  return (
    <div className={classes("grid", writable && "mt-1 border-t border-line pt-1")}>
      {writable && <Command icon={Reply} label={t("message.reply")} onClick={then(onReply)} />}
      {text && (
        <Command
          icon={Copy}
          label={t("message.copy")}
          onClick={then(() => void navigator.clipboard.writeText(text))}
        />
      )}
      {editable && <Command icon={Pencil} label={t("message.edit")} onClick={then(onEdit)} />}
      {message.own && <Command icon={Trash2} label={t("message.delete")} onClick={then(onDelete)} danger />}
    </div>
  );
}

interface CommandProps {
  icon: LucideIcon;
  label: string;
  danger?: boolean;
  onClick(): void;
}

function Command({ icon: Icon, label, danger = false, onClick }: CommandProps) {
  return (
    <button
      type="button"
      onClick={onClick}
      className={classes(
        "flex min-h-10 items-center gap-3 rounded-control px-3 text-left hover:bg-sunken",
        danger && "text-danger",
      )}
    >
      <Icon aria-hidden size={17} />
      {label}
    </button>
  );
}
