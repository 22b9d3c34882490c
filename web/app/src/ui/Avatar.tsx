import { avatarHue, initials } from "./avatarColour";
import { classes } from "./classes";

export interface AvatarProps {
  id: string;
  name: string;
  /** A dot when the person is there; nothing otherwise. */
  online?: boolean;
  size?: "small" | "normal";
}

/** Decoration: the name stands beside it, and presence is also told in words. */
export function Avatar({ id, name, online = false, size = "normal" }: AvatarProps) {
  const hue = avatarHue(id);
  return (
    <span
      aria-hidden
      className={classes("relative inline-block shrink-0", size === "small" ? "size-9" : "size-12")}
    >
      <span
        className={classes(
          "flex size-full items-center justify-center rounded-full font-bold",
          size === "small" ? "text-sm" : "text-base",
        )}
        style={{
          backgroundColor: `light-dark(oklch(0.9 0.05 ${hue}), oklch(0.36 0.06 ${hue}))`,
          color: `light-dark(oklch(0.36 0.09 ${hue}), oklch(0.92 0.05 ${hue}))`,
        }}
      >
        {initials(name) || "?"}
      </span>
      {online && (
        <span className="absolute right-0 bottom-0 size-3.5 rounded-full border-[3px] border-surface bg-ok" />
      )}
    </span>
  );
}
