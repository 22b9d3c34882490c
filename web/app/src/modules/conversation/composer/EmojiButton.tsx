import { Smile } from "lucide-react";
import { useState } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { IconButton } from "../../../ui/IconButton";
import { LateBoundary } from "../../../ui/LateBoundary";
import { lazyPart } from "../../../ui/lazyPart";
import { Popover } from "../../../ui/Popover";

const EmojiPicker = lazyPart(() => import("../../emoji/EmojiPicker").then(({ EmojiPicker }) => EmojiPicker));

/** Not on touch devices: their keyboards have one. */
export function EmojiButton({ onPick }: { onPick(emoji: string): void }) {
  const { t } = useTexts();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const close = () => setAnchor(null);
  return (
    <>
      <IconButton
        label={t("composer.emoji")}
        icon={Smile}
        aria-haspopup="dialog"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(event.currentTarget)}
        className="touch:hidden"
      />
      {anchor && (
        <Popover label={t("composer.emoji")} anchor={anchor} onClose={close}>
          <LateBoundary onClose={close}>
            <EmojiPicker
              onPick={(emoji) => {
                onPick(emoji);
                close();
              }}
              onClose={close}
            />
          </LateBoundary>
        </Popover>
      )}
    </>
  );
}
