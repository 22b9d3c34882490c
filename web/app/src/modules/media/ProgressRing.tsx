import { useTexts } from "../../i18n/useTexts";

const RADIUS = 15;
const ROUND = 2 * Math.PI * RADIUS;

/** How far one upload is. */
export function ProgressRing({ done, name }: { done: number; name: string }) {
  const { t } = useTexts();
  return (
    <span
      role="progressbar"
      aria-label={t("media.progress", { name })}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(done * 100)}
      className="flex items-center justify-center"
    >
      <svg aria-hidden viewBox="0 0 40 40" className="size-10 -rotate-90 rounded-full bg-surface/85">
        <circle cx="20" cy="20" r={RADIUS} fill="none" strokeWidth="4" className="stroke-line" />
        <circle
          cx="20"
          cy="20"
          r={RADIUS}
          fill="none"
          strokeWidth="4"
          strokeLinecap="round"
          strokeDasharray={ROUND}
          // A little is shown at once: an empty ring looks stuck.
          strokeDashoffset={ROUND * (1 - Math.max(0.04, done))}
          className="stroke-brand transition-[stroke-dashoffset]"
        />
      </svg>
    </span>
  );
}
