import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";
import { classes } from "./classes";

const VARIANTS = {
  quiet: "text-muted hover:bg-sunken hover:text-ink",
  primary: "bg-brand text-on-brand hover:bg-brand-strong",
};

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** The button's name, also shown as its tooltip. */
  label: string;
  icon: LucideIcon;
  variant?: keyof typeof VARIANTS;
  size?: "small" | "normal";
}

export function IconButton({
  label,
  icon: Icon,
  variant = "quiet",
  size = "normal",
  className,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes(
        "inline-flex shrink-0 items-center justify-center rounded-full transition-colors",
        "disabled:cursor-not-allowed disabled:opacity-45",
        size === "small" ? "size-8" : "size-10",
        VARIANTS[variant],
        className,
      )}
      {...rest}
    >
      <Icon aria-hidden size={size === "small" ? 16 : 20} strokeWidth={2} />
    </button>
  );
}
