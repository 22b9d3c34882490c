import { CircleAlert, FileText, RotateCw, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { ProgressRing } from "./ProgressRing";
import type { UploadItem } from "./uploads";
import { useRefusalText } from "./useRefusalText";
import type { UploadTray } from "./useUploads";

/** What the message will carry, before it is sent. */
export function AttachmentTray({ uploads }: { uploads: UploadTray }) {
  const { t } = useTexts();
  const troubles = uploads.items.filter(({ state }) => state.step === "refused" || state.step === "failed");
  if (uploads.items.length === 0) return null;
  return (
    <section
      aria-label={t("media.tray", { count: uploads.items.length })}
      className="flex flex-col gap-2 px-1 pt-1"
    >
      <ul className="flex gap-3 overflow-x-auto px-1 pt-2 pb-1">
        {uploads.items.map((item) => (
          <li key={item.id} className="relative shrink-0">
            <Tile item={item} onRetry={() => uploads.retry(item.id)} />
            <RemoveButton item={item} onRemove={() => uploads.remove(item.id)} />
          </li>
        ))}
      </ul>
      <div role="alert">
        {troubles.map((item) => (
          <Trouble key={item.id} item={item} uploads={uploads} />
        ))}
      </div>
    </section>
  );
}

function Tile({ item, onRetry }: { item: UploadItem; onRetry(): void }) {
  const [unreadable, setUnreadable] = useState(false);
  const seen = unreadable ? null : item.preview;
  const { step } = item.state;
  const troubled = step === "refused" || step === "failed";
  const state = stateOf(item, onRetry);
  return (
    <div
      className={classes(
        "relative flex h-20 items-center overflow-hidden rounded-control border bg-sunken",
        seen ? "w-20 justify-center" : "w-52 gap-2 px-3",
        troubled ? "border-danger" : "border-line",
      )}
    >
      {seen ? (
        <>
          <img
            src={seen}
            alt={item.name}
            // A file that only calls itself a picture looks like a file.
            onError={() => setUnreadable(true)}
            className={classes("size-full object-cover", step !== "ready" && "opacity-50")}
          />
          <span className="absolute inset-0 flex items-center justify-center">{state}</span>
        </>
      ) : (
        <>
          <span className="flex size-10 shrink-0 items-center justify-center text-brand">
            {state ?? <FileText aria-hidden size={26} />}
          </span>
          <bdi className="line-clamp-3 min-w-0 break-words text-sm">{item.name}</bdi>
        </>
      )}
    </div>
  );
}

/** What stands over the preview; null when there is nothing to say. */
function stateOf({ state, name }: UploadItem, onRetry: () => void): ReactNode {
  switch (state.step) {
    case "waiting":
      return <ProgressRing done={0} name={name} />;
    case "uploading":
      return <ProgressRing done={state.done} name={name} />;
    case "failed":
      return <RetryButton name={name} onRetry={onRetry} />;
    default:
      return null;
  }
}

function RetryButton({ name, onRetry }: { name: string; onRetry(): void }) {
  const { t } = useTexts();
  return (
    <button
      type="button"
      onClick={onRetry}
      aria-label={t("media.retry", { name })}
      title={t("media.retry", { name })}
      className="flex size-10 items-center justify-center rounded-full bg-danger text-on-danger hover:opacity-90 focus-visible:-outline-offset-2"
    >
      <RotateCw aria-hidden size={20} />
    </button>
  );
}

function RemoveButton({ item, onRemove }: { item: UploadItem; onRemove(): void }) {
  const { t } = useTexts();
  const running = item.state.step === "uploading" || item.state.step === "waiting";
  const label = t(running ? "media.cancel" : "media.remove", { name: item.name });
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onRemove}
      className="absolute -top-2 -right-2 flex size-6 items-center justify-center rounded-full bg-ink text-surface shadow-raised hover:bg-muted"
    >
      <X aria-hidden size={14} strokeWidth={2.5} />
    </button>
  );
}

function Trouble({ item, uploads }: { item: UploadItem; uploads: UploadTray }) {
  const reason = useRefusalText(item, uploads.limits);
  return (
    <p className="flex items-start gap-2 px-1 pb-1 text-danger text-sm">
      <CircleAlert aria-hidden size={16} className="mt-px shrink-0" />
      <span className="min-w-0 break-words">{reason}</span>
    </p>
  );
}
