import type { ComponentProps } from "react";
import { classes } from "./classes";

const VARIANTS = {
  primary: "bg-brand text-on-brand hover:bg-brand-strong",
  quiet: "bg-sunken text-ink hover:bg-line",
  danger: "bg-danger text-on-danger hover:opacity-90",
};

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: keyof typeof VARIANTS;
}

export function Button({ variant = "quiet", className, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={classes(
        "inline-flex min-h-10 items-center justify-center gap-2 rounded-control px-4 font-semibold transition-colors",
        "disabled:cursor-not-allowed disabled:opacity-50",
        VARIANTS[variant],
        className,
      )}
      {...rest}
    />
  );
}
