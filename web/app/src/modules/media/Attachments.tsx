import type { Attachment } from "@spotter/chat-client";
import { VoicePlayer } from "../voice/VoicePlayer";
import { FileCard } from "./FileCard";
import { ImageGrid } from "./ImageGrid";
import { isAudio, isImage } from "./limits";

export interface AttachmentsProps {
  attachments: readonly Attachment[];
  own: boolean;
}

/** The files of one message: pictures first, as they are what is looked at. */
export function Attachments({ attachments, own }: AttachmentsProps) {
  const images = attachments.filter(({ contentType }) => isImage(contentType));
  const others = attachments.filter(({ contentType }) => !isImage(contentType));
  return (
    <div className="flex max-w-full flex-col gap-1">
      {images.length > 0 && <ImageGrid images={images} />}
      {others.map((file) =>
        isAudio(file.contentType) ? (
          <VoicePlayer key={file.id} attachment={file} own={own} />
        ) : (
          <FileCard key={file.id} attachment={file} own={own} />
        ),
      )}
    </div>
  );
}
