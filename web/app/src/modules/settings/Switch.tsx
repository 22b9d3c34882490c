import { useId } from "react";

export interface SwitchProps {
  label: string;
  description?: string;
  on: boolean;
  disabled?: boolean;
  onChange(on: boolean): void;
}

/** A checkbox that takes effect at once. */
export function Switch({ label, description, on, disabled = false, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-4">
      <label htmlFor={id} className="min-w-0 flex-1">
        <span className="block font-medium">{label}</span>
        {description && (
          <span id={`${id}-about`} className="block text-muted text-sm">
            {description}
          </span>
        )}
      </label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        disabled={disabled}
        aria-describedby={description ? `${id}-about` : undefined}
        onChange={(event) => onChange(event.target.checked)}
        className={
          "relative mt-0.5 h-6 w-11 shrink-0 cursor-pointer appearance-none rounded-full border border-control bg-sunken transition-colors " +
          "before:absolute before:top-0.5 before:left-0.5 before:size-4.5 before:rounded-full before:bg-control before:transition-transform " +
          "checked:border-brand checked:bg-brand checked:before:translate-x-5 checked:before:bg-on-brand disabled:cursor-not-allowed disabled:opacity-50"
        }
      />
    </div>
  );
}
