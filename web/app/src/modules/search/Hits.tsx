import { type ConversationId, type Found, parseConversationId } from "@spotter/chat-client";
import { useMe, usePeople } from "@spotter/chat-client/react";
import { useEffect, useMemo, useRef } from "react";
import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import { Spinner } from "../../ui/Spinner";
import { excerptOf, type Segment } from "./highlight";
import type { SearchState } from "./useSearch";

export interface HitsProps {
  found: Extract<SearchState, { step: "found" }>;
  /** Each hit says whose conversation it is in. */
  named: boolean;
  onJump(conversationId: ConversationId, seq: number): void;
  onMore(): void;
}

/** What was found, newest first; the next page comes by scrolling. */
export function Hits({ found, named, onJump, onMore }: HitsProps) {
  const { t } = useTexts();
  const end = useReached(onMore);
  return (
    <>
      <ul>
        {found.hits.map((hit) => (
          <li key={`${hit.message.conversationId} ${hit.message.id}`}>
            <Hit hit={hit} named={named} onJump={onJump} />
          </li>
        ))}
      </ul>
      {found.next !== null && (
        <div ref={end} className="flex justify-center p-4">
          {found.loadingMore ? (
            <Spinner />
          ) : (
            <Button onClick={onMore}>{t(found.moreFailed ? "search.retry" : "search.more")}</Button>
          )}
        </div>
      )}
    </>
  );
}

interface HitProps extends Pick<HitsProps, "named" | "onJump"> {
  hit: Found;
}

function Hit({ hit: { message, highlight }, named, onJump }: HitProps) {
  const { t, dateLocale } = useTexts();
  const me = useMe();
  const pair = parseConversationId(message.conversationId);
  const peer = (pair?.trainerId === me?.id ? pair?.clientId : pair?.trainerId) ?? "";
  const people = usePeople(useMemo(() => [peer], [peer]));
  const peerName = people.get(peer)?.name ?? "";
  const sender = message.own ? t("search.you") : peerName;
  const segments = placed(excerptOf(message.text ?? message.attachments[0]?.name ?? "", highlight));
  return (
    <button
      type="button"
      onClick={() => message.seq !== null && onJump(message.conversationId, message.seq)}
      className="flex w-full flex-col gap-0.5 border-line border-b px-4 py-3 text-left hover:bg-sunken focus-visible:-outline-offset-2"
    >
      <span className="flex items-baseline justify-between gap-3 text-sm">
        <bdi className="truncate font-semibold">
          {named && message.own ? t("search.to", { name: peerName }) : sender}
        </bdi>
        <time dateTime={message.sentAt} className="shrink-0 text-muted text-xs tabular-nums">
          {new Intl.DateTimeFormat(dateLocale, { dateStyle: "medium" }).format(new Date(message.sentAt))}
        </time>
      </span>
      <span dir="auto" className="line-clamp-2 break-words text-muted text-sm">
        {segments.map(({ start, text, hit }) =>
          hit ? (
            <mark key={start} className="rounded-[3px] bg-brand-soft font-semibold text-ink">
              {text}
            </mark>
          ) : (
            <span key={start}>{text}</span>
          ),
        )}
      </span>
    </button>
  );
}

/** Pieces with where they begin: two may say the same. */
function placed(segments: readonly Segment[]) {
  let start = 0;
  return segments.map((segment) => {
    const piece = { ...segment, start };
    start += segment.text.length;
    return piece;
  });
}

/** Tells once each time the element comes into view. */
function useReached(onReached: () => void) {
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(onReached);
  latest.current = onReached;
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current());
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return element;
}
