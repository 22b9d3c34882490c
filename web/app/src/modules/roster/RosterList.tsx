import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import { RosterCard } from "./RosterCard";
import type { RosterPanelProps } from "./RosterPanel";

export function RosterList(props: RosterPanelProps) {
  const { texts, lines, state, presences, meId, selectedId, hrefOf, onEnd, onRetry } = props;
  const { t } = useTexts();
  return (
    <nav aria-label={t(texts.title)} className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 pb-4">
      <ul onKeyDown={walk} className="flex flex-col gap-0.5">
        {lines.map((line) => (
          <li key={line.peerId} className="[contain-intrinsic-size:auto_4.5rem] [content-visibility:auto]">
            <RosterCard
              line={line}
              meId={meId}
              href={hrefOf(line.peerId)}
              selected={line.peerId === selectedId}
              online={presences.get(line.peerId)?.online ?? false}
            />
          </li>
        ))}
      </ul>
      {state === "failed" && (
        <div role="alert" className="flex items-center justify-between gap-3 px-3 py-3 text-sm text-muted">
          {t(texts.failed)}
          <Button onClick={onRetry}>{t("conversation.retry")}</Button>
        </div>
      )}
      <End onSeen={onEnd} />
    </nav>
  );
}

/** Asks for the next page when it comes into view. */
function End({ onSeen }: { onSeen(): void }) {
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(onSeen);
  useEffect(() => {
    latest.current = onSeen;
  });
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((it) => it.isIntersecting) && latest.current(),
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return <div ref={element} className="h-px" />;
}

/** Arrows walk from card to card; Tab does too, as the cards are links. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const links = [...event.currentTarget.querySelectorAll("a")];
  const from = links.indexOf(document.activeElement as HTMLAnchorElement);
  const to = { ArrowUp: from - 1, ArrowDown: from + 1, Home: 0, End: links.length - 1 }[event.key];
  const link = from < 0 || to === undefined ? undefined : links[to];
  if (!link) return;
  event.preventDefault();
  link.focus();
}
