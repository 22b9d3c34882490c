import { Check, SendHorizontal } from "lucide-react";
import { useRef } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { hasFinePointer } from "../../../ui/hasFinePointer";
import { IconButton } from "../../../ui/IconButton";
import { AttachmentTray } from "../../media/AttachmentTray";
import { ImageButton } from "../../media/ImageButton";
import { pasteFiles } from "../../media/paste";
import type { UploadTray } from "../../media/useUploads";
import { VoiceButton } from "../../voice/VoiceButton";
import { type Context, ContextBar } from "./ContextBar";
import type { DraftKey } from "./drafts";
import { EmojiButton } from "./EmojiButton";
import { TextField } from "./TextField";
import { type ComposerCalls, useComposer } from "./useComposer";
import { useInsertion } from "./useInsertion";

/** The characters left are told when so few are left. */
const TELL = 200;

export interface ComposerProps {
  draftKey: DraftKey;
  peerName: string;
  context: Context;
  limit: number;
  uploads: UploadTray;
  calls: ComposerCalls;
  onVoice(): void;
}

export function Composer({ draftKey, peerName, context, limit, uploads, calls, onVoice }: ComposerProps) {
  const { t } = useTexts();
  const composer = useComposer(draftKey, context, limit, uploads, calls);
  const { value, left, editing } = composer;
  const field = useRef<HTMLTextAreaElement>(null);
  const insert = useInsertion(field, value, composer.change);
  // On a phone, opening a conversation should show it, and not the keyboard.
  const openingFocus = hasFinePointer() ? draftKey.conversationId : null;

  return (
    <form
      onSubmit={composer.submit}
      aria-label={t("composer.label", { name: peerName })}
      className="px-2 pb-2 md:px-5 md:pb-4"
    >
      <div className="mx-auto max-w-4xl rounded-bubble border border-control bg-surface focus-within:border-brand focus-within:outline-1 focus-within:outline-brand">
        {context && <ContextBar context={context} peerName={peerName} onCancel={calls.cancel} />}
        {!editing && <AttachmentTray uploads={uploads} />}
        <div className="flex items-end gap-1 p-1">
          {!editing && <ImageButton onFiles={uploads.add} />}
          <TextField
            value={value}
            fieldRef={field}
            focusFor={context?.message.id ?? openingFocus}
            aria-label={t("composer.label", { name: peerName })}
            placeholder={t("composer.placeholder")}
            onChange={(event) => composer.change(event.target.value)}
            onKeyDown={composer.onKeyDown}
            onPaste={(event) => !editing && pasteFiles(event, uploads.add)}
          />
          <EmojiButton onPick={insert} />
          {!editing && <VoiceButton onOpen={onVoice} />}
          <IconButton
            type="submit"
            variant="primary"
            label={t(editing ? "composer.save" : "composer.send")}
            icon={editing ? Check : SendHorizontal}
            disabled={!composer.sendable}
          />
        </div>
        {left <= TELL && <Left left={left} />}
      </div>
    </form>
  );
}

function Left({ left }: { left: number }) {
  const { t } = useTexts();
  return (
    <p
      role="status"
      className={classes(
        "px-4 pb-2 text-right text-sm",
        left < 0 ? "font-semibold text-danger" : "text-muted",
      )}
    >
      {left < 0 ? t("composer.tooLong", { count: -left }) : t("composer.left", { count: left })}
    </p>
  );
}
