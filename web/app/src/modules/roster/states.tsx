import { CloudOff, UsersRound } from "lucide-react";
import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/Skeleton";
import type { RosterTexts } from "./rosterTexts";

const CARDS = ["w-36", "w-28", "w-44", "w-32", "w-40", "w-30"];

export function LoadingRoster() {
  return (
    <div aria-busy="true" data-testid="roster-loading" className="flex flex-col gap-0.5 px-2">
      {CARDS.map((width) => (
        <div key={width} className="flex items-center gap-3 px-3 py-2.5">
          <Skeleton shape="circle" className="size-12 shrink-0" />
          <div className="flex-1">
            <Skeleton className={`h-4 ${width}`} />
            <Skeleton className="mt-2 h-3 w-4/5" />
          </div>
        </div>
      ))}
    </div>
  );
}

export function RosterFailed({ title, onRetry }: { title: string; onRetry(): void }) {
  const { t } = useTexts();
  return (
    <div role="alert" className="m-auto flex flex-col items-center gap-4 p-8 text-center">
      <CloudOff aria-hidden size={36} strokeWidth={1.5} className="text-muted" />
      <p>{title}</p>
      <Button onClick={onRetry}>{t("conversation.retry")}</Button>
    </div>
  );
}

export function NoneFound({ texts, search }: { texts: RosterTexts; search: string }) {
  const { t } = useTexts();
  const wanted = search.trim();
  return (
    <div className="m-auto flex flex-col items-center gap-2 p-8 text-center">
      <UsersRound aria-hidden size={36} strokeWidth={1.5} className="mb-2 text-muted" />
      <p className="font-bold">{t(texts.none)}</p>
      <p className="max-w-64 text-sm text-muted">
        {wanted === "" ? t(texts.noneHint) : <bdi>{t("roster.noMatch", { search: wanted })}</bdi>}
      </p>
    </div>
  );
}
