import { ImagePlus } from "lucide-react";
import { type DragEvent, type ReactNode, useState } from "react";
import { useTexts } from "../../i18n/useTexts";

export interface DropZoneProps {
  onFiles(files: Iterable<File>): void;
  disabled?: boolean;
  children: ReactNode;
}

/** Takes files dropped anywhere on the thread. */
export function DropZone({ onFiles, disabled = false, children }: DropZoneProps) {
  const { t } = useTexts();
  const [over, setOver] = useState(false);

  const handle = (event: DragEvent, next: boolean) => {
    // Text dragged from the page is not ours to take.
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = disabled ? "none" : "copy";
    if (over !== (next && !disabled)) setOver(next && !disabled);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut, the button is the way for everybody.
    <div
      className="relative flex min-h-0 min-w-0 flex-1 flex-col"
      onDragEnter={(event) => handle(event, true)}
      onDragOver={(event) => handle(event, true)}
      onDragLeave={(event) => {
        const to = event.relatedTarget;
        if (!(to instanceof Node) || !event.currentTarget.contains(to)) setOver(false);
      }}
      onDrop={(event) => {
        handle(event, false);
        if (!disabled) onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
      {over && (
        <div className="pointer-events-none absolute inset-3 z-20 flex animate-rise flex-col items-center justify-center gap-3 rounded-card border-2 border-brand border-dashed bg-brand-soft/95 text-brand">
          <ImagePlus aria-hidden size={40} strokeWidth={1.5} />
          <p className="font-semibold text-lg">{t("media.drop")}</p>
        </div>
      )}
    </div>
  );
}
