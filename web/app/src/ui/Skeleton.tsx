import { classes } from "./classes";

const SHAPES = {
  line: "rounded-tight",
  control: "rounded-control",
  bubble: "rounded-bubble",
  circle: "rounded-full",
};

export interface SkeletonProps {
  shape?: keyof typeof SHAPES;
  className?: string;
}

/** A grey shape where content will stand; hidden from screen readers, which hear the region's `aria-busy`. */
export function Skeleton({ shape = "line", className }: SkeletonProps) {
  return (
    <span
      aria-hidden
      className={classes(
        "block animate-shimmer bg-sunken bg-linear-to-r from-sunken via-line to-sunken bg-size-[200%_100%]",
        SHAPES[shape],
        className,
      )}
    />
  );
}
