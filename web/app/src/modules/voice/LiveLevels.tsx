import { classes } from "../../ui/classes";

const BARS = 60;

/** The last seconds of what the microphone hears, the newest on the right. */
export function LiveLevels({ levels, still }: { levels: readonly number[]; still: boolean }) {
  const first = Math.max(0, levels.length - BARS);
  // Each bar keeps its number as it wanders left, so that only the newest one is drawn anew.
  const bars = levels.slice(first).map((level, at) => ({ number: first + at, level }));
  return (
    <div aria-hidden className="flex h-8 min-w-0 flex-1 items-center justify-end gap-0.5 overflow-hidden">
      {bars.map(({ number, level }) => (
        <span
          key={number}
          className={classes("w-0.5 shrink-0 rounded-full", still ? "bg-control" : "bg-brand")}
          style={{ height: `${Math.max(8, level * 100)}%` }}
        />
      ))}
    </div>
  );
}
