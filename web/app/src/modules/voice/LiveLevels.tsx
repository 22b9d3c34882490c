import { classes } from "../../ui/classes";

const BARS = 60;

/** The last seconds of what the microphone hears, the newest on the right. */
export function LiveLevels({ levels, still }: { levels: readonly number[]; still: boolean }) {
  const shown = levels.slice(-BARS);
  return (
    <div aria-hidden className="flex h-8 min-w-0 flex-1 items-center justify-end gap-0.5 overflow-hidden">
      {shown.map((level, at) => (
        <span
          // The newest bar enters on the right; each keeps its key as it wanders left.
          key={levels.length - shown.length + at}
          className={classes("w-0.5 shrink-0 rounded-full", still ? "bg-control" : "bg-brand")}
          style={{ height: `${Math.max(8, level * 100)}%` }}
        />
      ))}
    </div>
  );
}
