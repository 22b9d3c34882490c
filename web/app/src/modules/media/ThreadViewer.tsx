import type { Attachment, ChatMessage } from "@spotter/chat-client";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { LateBoundary } from "../../ui/LateBoundary";
import { lazyPart } from "../../ui/lazyPart";
import { isImage } from "./limits";
import { openedImage } from "./openedImage";

const Viewer = lazyPart(async () => (await import("./viewer/Viewer")).Viewer);

/** An image with what its message says of it. */
export interface Shown {
  image: Attachment;
  message: ChatMessage;
}

/** Shows the opened image over everything; nothing while none is. */
export function ThreadViewer({ messages }: { messages: readonly ChatMessage[] }) {
  const opened = useSyncExternalStore(openedImage.subscribe, openedImage.get);
  // Another conversation has other images.
  useEffect(() => () => openedImage.set(null), []);
  if (opened === null) return null;
  return <OpenViewer opened={opened} messages={messages} />;
}

function OpenViewer({ opened, messages }: { opened: string; messages: readonly ChatMessage[] }) {
  const all = useMemo(() => imagesOf(messages), [messages]);
  const at = all.findIndex(({ image }) => image.id === opened);
  // Deleted while it was looked at.
  if (at < 0) return null;
  return (
    <LateBoundary floating onClose={() => openedImage.set(null)}>
      <Viewer
        all={all}
        at={at}
        onMove={(to) => {
          const next = all[to];
          if (next) openedImage.set(next.image.id);
        }}
        onClose={() => openedImage.set(null)}
      />
    </LateBoundary>
  );
}

function imagesOf(messages: readonly ChatMessage[]): readonly Shown[] {
  return messages.flatMap((message) =>
    message.attachments
      .filter(({ contentType }) => isImage(contentType))
      .map((image) => ({ image, message })),
  );
}
