import type { ThreadView } from "@spotter/chat-client";
import { useCallback, useEffect, useRef } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { classes } from "../../../ui/classes";
import { Spinner } from "../../../ui/Spinner";
import { indexOfSeq, placeOf } from "./grouping";
import { JumpButton } from "./JumpButton";
import { LoadFailed } from "./LoadFailed";
import { BeginningLine, DayLine, UnreadLine } from "./lines";
import { MessageRow } from "./MessageRow";
import type { RowActions } from "./rowActions";
import { useNewCount } from "./useNewCount";
import { useReading } from "./useReading";
import { useRowFocus } from "./useRowFocus";
import { useJump, useThreadScroll } from "./useThreadScroll";

export interface ThreadCalls {
  loadOlder(): void;
  loadNewer(): void;
  /** Loads the rows around a message; false when it cannot be had. */
  jumpTo(seq: number): Promise<boolean>;
  jumpToEnd(): void;
  markRead(seq: number): void;
}

export interface MessageListProps {
  view: ThreadView;
  meId: string;
  peerName: string;
  calls: ThreadCalls;
  actions: Omit<RowActions, "jump">;
  expanded: ReadonlySet<string>;
  /** A message to go to, from a search or a notification; a new object asks again. */
  goTo: { seq: number } | null;
}

export function MessageList({ view, meId, peerName, calls, actions, expanded, goTo }: MessageListProps) {
  const { t } = useTexts();
  const scroller = useRef<HTMLElement>(null);
  const toIndex = useRef((_: number, __: "auto" | "center") => {});
  const focus = useRowFocus(
    view.messages,
    useCallback((index) => toIndex.current(index, "auto"), []),
  );
  const { virtualizer, ready, atEnd, toNewest, onScroll } = useThreadScroll(
    view,
    scroller,
    focus.activeIndex,
    calls,
  );
  const { jump, flashing, onFlashed } = useJump(
    view,
    useCallback((index) => toIndex.current(index, "center"), []),
    calls,
  );
  const rowActions = useRowActions(actions, jump);
  const newCount = useNewCount(view.messages, atEnd);
  toIndex.current = (index, align) => virtualizer.scrollToIndex(index, { align });

  const lastVisible = virtualizer.range?.endIndex ?? -1;
  useReading(ready ? view.messages[lastVisible] : undefined, calls.markRead);
  useEffect(() => {
    if (goTo) rowActions.jump(goTo.seq);
  }, [goTo, rowActions]);

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        aria-label={t("conversation.messages", { name: peerName })}
        aria-busy={view.loading !== null}
        onScroll={onScroll}
        className={classes(
          "flex h-full flex-col overflow-x-hidden overflow-y-auto overscroll-contain [overflow-anchor:none] before:flex-1",
          !ready && "invisible",
        )}
      >
        <ol
          ref={virtualizer.containerRef}
          onKeyDown={focus.onKeyDown}
          onFocus={focus.onFocus}
          onBlur={focus.onBlur}
          className="relative mx-auto w-full max-w-4xl shrink-0"
        >
          {virtualizer.getVirtualItems().map(({ index, key }) => {
            const message = view.messages[index];
            if (!message) return null;
            const place = placeOf(view.messages, index, view.unreadFromSeq);
            const flashes = flashing !== null && message.seq === flashing;
            return (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                onAnimationEnd={flashes ? onFlashed : undefined}
                className={classes("absolute inset-x-0 top-0", flashes && "animate-flash")}
              >
                {index === 0 && !view.hasOlder && <BeginningLine peerName={peerName} />}
                {place.newDay && <DayLine sentAt={message.sentAt} />}
                {place.unreadLine && <UnreadLine />}
                <MessageRow
                  message={message}
                  quoted={quotedBy(view, message.replyTo)}
                  meId={meId}
                  peerName={peerName}
                  first={place.first}
                  last={place.last}
                  expanded={expanded.has(message.id)}
                  reachable={index === (focus.activeIndex ?? lastVisible)}
                  actions={rowActions}
                />
              </li>
            );
          })}
        </ol>
      </section>
      <Edge view={view} onRetry={calls.loadOlder} />
      {!atEnd && <JumpButton newCount={newCount} onClick={toNewest} />}
    </div>
  );
}

function quotedBy({ messages }: ThreadView, replyTo: number | null) {
  return replyTo === null ? null : (messages[indexOfSeq(messages, replyTo)] ?? null);
}

/** What happens at the top: a page on its way, or one that did not come. */
function Edge({ view, onRetry }: { view: ThreadView; onRetry(): void }) {
  const { t } = useTexts();
  if (view.error) return <LoadFailed onRetry={onRetry} compact />;
  if (view.loading !== "older") return null;
  return (
    <div className="pointer-events-none absolute inset-x-0 top-3 flex justify-center">
      <span className="flex items-center gap-2 rounded-full bg-raised px-3 py-1.5 text-sm text-muted shadow-raised">
        <Spinner /> {t("conversation.loadingOlder")}
      </span>
    </div>
  );
}

/** The same object for as long as the thread is open: rows are memoised on it. */
function useRowActions(actions: Omit<RowActions, "jump">, jump: (seq: number) => void): RowActions {
  const latest = useRef({ ...actions, jump });
  latest.current = { ...actions, jump };
  const stable = useRef<RowActions>({
    openMenu: (message, anchor) => latest.current.openMenu(message, anchor),
    reply: (message) => latest.current.reply(message),
    jump: (seq) => latest.current.jump(seq),
    react: (message, emoji, on) => latest.current.react(message, emoji, on),
    retry: (id) => latest.current.retry(id),
    discard: (id) => latest.current.discard(id),
    expand: (id, on) => latest.current.expand(id, on),
  });
  return stable.current;
}
