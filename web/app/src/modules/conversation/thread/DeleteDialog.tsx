import type { ChatMessage } from "@spotter/chat-client";
import { useTexts } from "../../../i18n/useTexts";
import { Button } from "../../../ui/Button";
import { Dialog } from "../../../ui/Dialog";
import { calmText } from "../text/calmText";
import { previewOf } from "./preview";

export interface DeleteDialogProps {
  message: ChatMessage;
  onDelete(): void;
  onClose(): void;
}

export function DeleteDialog({ message, onDelete, onClose }: DeleteDialogProps) {
  const { t } = useTexts();
  const remove = () => {
    onDelete();
    onClose();
  };
  return (
    <Dialog
      title={t("message.deleteQuestion")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("message.cancel")}</Button>
          <Button variant="danger" onClick={remove}>
            {t("message.delete")}
          </Button>
        </>
      }
    >
      <blockquote
        dir="auto"
        className="mb-3 line-clamp-3 rounded-control bg-sunken px-3 py-2 [overflow-wrap:anywhere]"
      >
        {calmText(previewOf(message, t))}
      </blockquote>
      <p className="text-muted">{t("message.deleteForBoth")}</p>
    </Dialog>
  );
}
