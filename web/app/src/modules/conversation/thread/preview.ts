import type { Attachment } from "@spotter/chat-client";
import type { Translate } from "../../../i18n/useTexts";

export interface Previewed {
  text: string | null;
  attachments: readonly Pick<Attachment, "contentType">[];
  deletedAt: string | null;
}

/** A message in one line: for the list, a quote and a screen reader. */
export function previewOf(message: Previewed, t: Translate): string {
  if (message.deletedAt) return t("message.deleted");
  return message.text?.replace(/\s+/gu, " ").trim() || attachmentsPreview(message.attachments, t);
}

function attachmentsPreview(attachments: Previewed["attachments"], t: Translate): string {
  const count = (kind: string) =>
    attachments.filter(({ contentType }) => contentType.startsWith(kind)).length;
  if (count("audio/") > 0) return t("message.voice");
  if (count("image/") > 0) return t("message.photo", { count: count("image/") });
  return attachments.length > 0 ? t("message.document", { count: attachments.length }) : "";
}
