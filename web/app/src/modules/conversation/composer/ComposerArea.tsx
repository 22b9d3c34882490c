import { Lock } from "lucide-react";
import { useState } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { LateBoundary } from "../../../ui/LateBoundary";
import { lazyPart } from "../../../ui/lazyPart";
import type { UploadTray } from "../../media/useUploads";
import { useKeptRecording } from "../../voice/useRecorder";
import type { useConversation } from "../useConversation";
import { Composer } from "./Composer";
import { type Context, currentContext } from "./ContextBar";
import type { DraftKey } from "./drafts";
import { TypingLine } from "./TypingLine";

const VoiceRecorder = lazyPart(() =>
  import("../../voice/VoiceRecorder").then(({ VoiceRecorder }) => VoiceRecorder),
);

export interface ComposerAreaProps {
  draftKey: DraftKey;
  conversation: ReturnType<typeof useConversation>;
  peerName: string;
  context: Context;
  onContext(context: Context): void;
  uploads: UploadTray;
}

/** Below the messages: who is typing, and the composer, the recorder, or why one cannot write. */
export function ComposerArea({
  draftKey,
  conversation,
  peerName,
  context,
  onContext,
  uploads,
}: ComposerAreaProps) {
  const [recording, setRecording] = useState(useKeptRecording(conversation.view.conversationId));
  const { view } = conversation;
  const replyTo = context?.kind === "reply" ? context.message.seq : null;

  const calls = {
    send: (text: string, attachments: Parameters<typeof conversation.send>[1]) => {
      conversation.send(text, attachments, replyTo);
      onContext(null);
    },
    save: (text: string) => {
      if (context && text !== context.message.text) conversation.edit(context.message, text);
      onContext(null);
    },
    cancel: () => onContext(null),
    editLast: () => {
      const message = view.messages.findLast(conversation.editable);
      if (message) onContext({ kind: "edit", message });
    },
    typing: conversation.notifyTyping,
  };

  if (!view.canSend) return <ReadOnly />;
  return (
    <div className="pb-[env(safe-area-inset-bottom)]">
      <TypingLine name={view.typing ? peerName : null} />
      {recording ? (
        <LateBoundary onClose={() => setRecording(false)}>
          <div className="mx-auto max-w-4xl px-2 pb-2 md:px-5 md:pb-4">
            <VoiceRecorder
              conversationId={view.conversationId}
              onSend={(attachment) => calls.send("", [attachment])}
              onClose={() => setRecording(false)}
            />
          </div>
        </LateBoundary>
      ) : (
        <Composer
          draftKey={draftKey}
          peerName={peerName}
          context={currentContext(context, view.messages)}
          limit={conversation.textLimit}
          uploads={uploads}
          calls={calls}
          onVoice={() => setRecording(true)}
        />
      )}
    </div>
  );
}

function ReadOnly() {
  const { t } = useTexts();
  return (
    <p className="m-3 flex items-center justify-center gap-2 rounded-card bg-sunken px-4 py-3 text-center text-muted">
      <Lock aria-hidden size={16} className="shrink-0" />
      {t("composer.readOnly")}
    </p>
  );
}
