import { MicOff } from "lucide-react";
import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import type { MicrophoneProblem } from "./recorder";

export interface RefusedBarProps {
  problem: MicrophoneProblem;
  onRetry(): void;
  onClose(): void;
}

/** Why there is no sound, and what helps. */
export function RefusedBar({ problem, onRetry, onClose }: RefusedBarProps) {
  const { t } = useTexts();
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 rounded-card bg-warning-soft p-3">
      <MicOff aria-hidden size={22} className="shrink-0 text-warning" />
      <p className="min-w-48 flex-1 text-sm">{t(`voice.problem.${problem}`)}</p>
      <span className="flex gap-2">
        <Button onClick={onClose}>{t("voice.close")}</Button>
        {problem !== "unsupported" && (
          <Button variant="primary" onClick={onRetry}>
            {t("voice.again")}
          </Button>
        )}
      </span>
    </div>
  );
}
