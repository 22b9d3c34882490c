import { useLimits } from "@spotter/chat-client/react";
import { ImagePlus } from "lucide-react";
import { useRef } from "react";
import { useTexts } from "../../i18n/useTexts";
import { IconButton } from "../../ui/IconButton";
import { acceptOf } from "./limits";

export interface ImageButtonProps {
  onFiles(files: Iterable<File>): void;
  disabled?: boolean;
}

/** Opens the device's own chooser, with the camera where there is one. */
export function ImageButton({ onFiles, disabled = false }: ImageButtonProps) {
  const { t } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  const limits = useLimits();
  return (
    <>
      <IconButton
        label={t("media.add")}
        icon={ImagePlus}
        disabled={disabled}
        onClick={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        hidden
        multiple
        // `image/*` lets phones offer the camera; what cannot be read is refused with its reason.
        accept={limits ? `image/*,${acceptOf(limits)}` : "image/*,application/pdf"}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // The same file may be chosen again after it was removed.
          event.target.value = "";
        }}
      />
    </>
  );
}
