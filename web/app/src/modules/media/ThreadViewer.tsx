import type { Attachment, ChatMessage } from "@spotter/chat-client";
import { Suspense, useEffect, useMemo, useSyncExternalStore } from "react";
import { useTexts } from "../../i18n/useTexts";
import { lazyPart } from "../../ui/lazyPart";
import { Spinner } from "../../ui/Spinner";
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
    <Suspense fallback={<Opening onClose={() => openedImage.set(null)} />}>
      <Viewer
        all={all}
        at={at}
        onMove={(to) => {
          const next = all[to];
          if (next) openedImage.set(next.image.id);
        }}
        onClose={() => openedImage.set(null)}
      />
    </Suspense>
  );
}

/** While the viewer's code is on the way, which without a network may take until there is one. */
function Opening({ onClose }: { onClose(): void }) {
  const { t } = useTexts();
  return (
    <button
      type="button"
      aria-label={t("media.close")}
      onClick={onClose}
      className="fixed inset-0 z-50 grid animate-rise place-items-center bg-black/70 text-white"
    >
      <Spinner className="size-8" />
    </button>
  );
}

function imagesOf(messages: readonly ChatMessage[]): readonly Shown[] {
  return messages.flatMap((message) =>
    message.attachments
      .filter(({ contentType }) => isImage(contentType))
      .map((image) => ({ image, message })),
  );
}
