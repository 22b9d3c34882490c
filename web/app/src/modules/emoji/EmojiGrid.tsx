import { type KeyboardEvent, useState } from "react";
import type { Emoji } from "./emojiList";

const COLUMNS = 8;

export interface EmojiGridProps {
  emoji: readonly Emoji[];
  label: string;
  onPick(emoji: string): void;
}

/** One stop of the Tab key; arrows, Home and End walk inside. */
export function EmojiGrid({ emoji, label, onPick }: EmojiGridProps) {
  const [current, setCurrent] = useState(0);
  const reachable = Math.min(current, Math.max(0, emoji.length - 1));

  const walk = (event: KeyboardEvent<HTMLFieldSetElement>) => {
    const to = moved(event.key, reachable, emoji.length);
    if (to === null) return;
    event.preventDefault();
    setCurrent(to);
    const button = event.currentTarget.children[to];
    if (button instanceof HTMLElement) button.focus();
  };

  return (
    <fieldset
      aria-label={label}
      onKeyDown={walk}
      className="grid min-h-0 min-w-0 auto-rows-max grid-cols-8 gap-0.5 overflow-y-auto overscroll-contain empty:hidden"
    >
      {emoji.map(([picture, name], at) => (
        <button
          key={picture}
          type="button"
          tabIndex={at === reachable ? 0 : -1}
          aria-label={name}
          title={name}
          onFocus={() => setCurrent(at)}
          onClick={() => onPick(picture)}
          className="flex aspect-square items-center justify-center rounded-control text-xl hover:bg-sunken focus-visible:-outline-offset-2"
        >
          {picture}
        </button>
      ))}
    </fieldset>
  );
}

/** Where a key leads in a grid of `count`; null: the key is not for the grid. */
export function moved(key: string, from: number, count: number): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: COLUMNS,
    ArrowUp: -COLUMNS,
    Home: -count,
    End: count,
  };
  const step = steps[key];
  if (step === undefined || count === 0) return null;
  const to = from + step;
  if (Math.abs(step) === COLUMNS && (to < 0 || to >= count)) return from;
  return Math.min(count - 1, Math.max(0, to));
}
