import { X } from "lucide-react";
import { type ReactNode, Suspense } from "react";
import { useTexts } from "../i18n/useTexts";
import { classes } from "./classes";
import { ErrorBoundary } from "./ErrorBoundary";
import { IconButton } from "./IconButton";
import { Spinner } from "./Spinner";

export interface LateBoundaryProps {
  /** Leaves what is not there (yet). */
  onClose(): void;
  /** For what opens over the page rather than in a place of its own. */
  floating?: boolean;
  children: ReactNode;
}

/** Around a part that is loaded on first use: says that it is coming, or that it did not, and harms nothing else. */
export function LateBoundary({ onClose, floating = false, children }: LateBoundaryProps) {
  const { t } = useTexts();
  const close = <IconButton label={t("ui.close")} icon={X} size="small" onClick={onClose} />;
  return (
    <ErrorBoundary
      fallback={
        <div role="alert" className={noteClasses(floating)}>
          {t("ui.notOpened")} {close}
        </div>
      }
    >
      <Suspense
        fallback={
          <div role="status" className={classes("animate-late", noteClasses(floating))}>
            <Spinner /> {t("ui.opening")} {close}
          </div>
        }
      >
        {children}
      </Suspense>
    </ErrorBoundary>
  );
}

function noteClasses(floating: boolean): string {
  return classes(
    "flex items-center justify-center gap-3 p-4 text-ink",
    floating && "fixed bottom-6 left-1/2 z-30 -translate-x-1/2 rounded-card bg-raised py-2 shadow-raised",
  );
}
