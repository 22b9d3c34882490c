import { type ReactNode, useId } from "react";

/** One group of settings under its heading. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <h3 id={id} className="font-semibold text-muted text-sm">
        {title}
      </h3>
      {children}
    </section>
  );
}
