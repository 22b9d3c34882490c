import { classes } from "./classes";

/** A grey shape where content will stand; hidden from screen readers, which hear the region's `aria-busy`. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={classes(
        "block animate-shimmer rounded-tight bg-sunken bg-linear-to-r from-sunken via-line to-sunken bg-size-[200%_100%]",
        className,
      )}
    />
  );
}
