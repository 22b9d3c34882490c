import type { ChatMessage } from "@spotter/chat-client";
import { CircleAlert } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { failureText } from "./failureText";
import type { RowActions } from "./rowActions";

/** Why a message was not sent, with the two things one can do about it. */
export function FailedNote({ message, actions }: { message: ChatMessage; actions: RowActions }) {
  const { t } = useTexts();
  return (
    <div className="mt-1 flex flex-wrap items-center justify-end gap-x-3 gap-y-1 text-sm text-danger">
      <span className="inline-flex items-center gap-1.5">
        <CircleAlert aria-hidden size={15} />
        {t("message.state.failed")}. {message.failure && failureText(message.failure.code, t)}
      </span>
      <span className="flex gap-3 font-semibold">
        <button
          type="button"
          className="min-h-6 underline underline-offset-2"
          onClick={() => actions.retry(message.id)}
        >
          {t("message.retry")}
        </button>
        <button
          type="button"
          className="min-h-6 underline underline-offset-2"
          onClick={() => actions.discard(message.id)}
        >
          {t("message.discard")}
        </button>
      </span>
    </div>
  );
}
