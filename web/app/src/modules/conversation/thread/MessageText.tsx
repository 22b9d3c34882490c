import { useMemo } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { calmText } from "../text/calmText";
import { isEmojiOnly } from "../text/emojiOnly";
import { linkPieces } from "../text/links";

const LONG_CHARS = 900;
const LONG_LINES = 14;

export interface MessageTextProps {
  text: string;
  expanded: boolean;
  onExpand(expanded: boolean): void;
}

/** A text as it was written: never parsed as HTML, in its own direction, and kept inside its bubble. */
export function MessageText({ text, expanded, onExpand }: MessageTextProps) {
  const { t } = useTexts();
  const calm = useMemo(() => calmText(text), [text]);
  const long = isLong(calm);

  if (isEmojiOnly(calm)) return <p className="text-emoji">{calm}</p>;
  return (
    <div className="min-w-0 max-w-full">
      <p
        dir="auto"
        className={classes(
          "overflow-hidden whitespace-pre-wrap [contain:paint] [overflow-wrap:anywhere] [unicode-bidi:plaintext]",
          long && !expanded && "line-clamp-12",
        )}
      >
        <Pieces text={calm} />
      </p>
      {long && (
        <button
          type="button"
          aria-expanded={expanded}
          onClick={() => onExpand(!expanded)}
          className="mt-1 min-h-6 font-semibold underline underline-offset-2"
        >
          {t(expanded ? "message.showLess" : "message.showMore")}
        </button>
      )}
    </div>
  );
}

function Pieces({ text }: { text: string }) {
  const pieces = useMemo(() => linkPieces(text), [text]);
  return pieces.map((piece, index) =>
    piece.kind === "text" ? (
      piece.text
    ) : (
      <a
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never change their order.
        key={index}
        href={piece.href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="underline decoration-current/60 underline-offset-2 [unicode-bidi:isolate] hover:decoration-current"
      >
        {piece.text}
      </a>
    ),
  );
}

function isLong(text: string): boolean {
  return text.length > LONG_CHARS || text.split("\n", LONG_LINES + 1).length > LONG_LINES;
}
