import type { ThreadView } from "@spotter/chat-client";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type RefObject,
  type UIEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { estimatedHeight } from "./estimate";
import { indexFromSeq, indexOfSeq } from "./grouping";
import { keptRange } from "./keptRange";

/** How near the end counts as being there. */
const END = 96;
/** Older pages are asked for this many rows before the reader reaches the first. */
const AHEAD = 12;
/** And within this many pixels of it. */
const NEAR = 1_500;

interface Asked {
  loadOlder(): void;
  loadNewer(): void;
  jumpTo(seq: number): Promise<boolean>;
  jumpToEnd(): void;
}

/**
 * The thread's scrolling: starts at the unread line or the end, keeps the reader's place when older pages
 * come in above or pictures load, and follows new messages only when the reader is at the end.
 */
export function useThreadScroll(
  view: ThreadView,
  scroller: RefObject<HTMLElement | null>,
  keptIndex: number | null,
  asked: Asked,
) {
  const { messages } = view;
  const opened = useRef(false);
  const ready = useSubscribed();
  const stuck = useRef(true);
  const virtualizer = useVirtualizer<HTMLElement, HTMLElement>({
    count: messages.length,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((index: number) => messages[index]?.id ?? index, [messages]),
    estimateSize: useCallback((index: number) => estimatedHeight(messages[index]), [messages]),
    rangeExtractor: useCallback((range) => keptRange(range, keptIndex), [keptIndex]),
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END,
    overscan: 6,
    paddingEnd: 12,
    scrollPaddingStart: 12,
    scrollPaddingEnd: 12,
    directDomUpdates: true,
    // A transform would make a compositor layer of each row, which costs more to commit than it saves.
    directDomUpdatesMode: "position",
  });
  const atEnd = !view.hasNewer && (!opened.current || virtualizer.isAtEnd(END));

  useLayoutEffect(() => {
    if (!ready || opened.current || messages.length === 0) return;
    opened.current = true;
    const unread = view.unreadFromSeq === null ? messages.length : indexFromSeq(messages, view.unreadFromSeq);
    if (unread < messages.length) virtualizer.scrollToIndex(unread, { align: "start" });
    else virtualizer.scrollToEnd();
  });

  // A list that is mounted again (React does so on purpose in development) begins again at its place.
  useLayoutEffect(
    () => () => {
      opened.current = false;
    },
    [],
  );
  useOwnMessageFollows(messages, () => virtualizer.scrollToEnd());
  useStayAtEndOnResize(scroller, stuck);
  usePages(view, virtualizer.range, opened.current ? scroller.current : null, asked);

  const toNewest = useToNewest(view.hasNewer, asked.jumpToEnd, () => virtualizer.scrollToEnd());

  return {
    virtualizer,
    ready,
    atEnd,
    toNewest,
    onScroll: (event: UIEvent<HTMLElement>) => {
      stuck.current = isAtEnd(event.currentTarget);
    },
  };
}

/**
 * False in the first render, whose view may be a stored copy from before anybody looked at the thread:
 * where the unread line stands is known once the view has been subscribed to, which effects do.
 */
function useSubscribed(): boolean {
  const [subscribed, setSubscribed] = useState(false);
  useEffect(() => setSubscribed(true), []);
  return subscribed;
}

/** Whoever sends wants to see it, wherever in the thread that was. */
function useOwnMessageFollows(messages: ThreadView["messages"], toEnd: () => void): void {
  const last = messages.at(-1);
  const before = useRef(last?.id);
  useLayoutEffect(() => {
    if (last?.own && last.seq === null && last.id !== before.current) toEnd();
    before.current = last?.id;
  });
}

/** To the end of the thread; from a window around an old message, the newest rows have to come first. */
function useToNewest(hasNewer: boolean, jumpToEnd: () => void, scrollToEnd: () => void): () => void {
  const wanted = useRef(false);
  useLayoutEffect(() => {
    if (!wanted.current || hasNewer) return;
    wanted.current = false;
    scrollToEnd();
  });
  return () => {
    wanted.current = hasNewer;
    if (hasNewer) jumpToEnd();
    else scrollToEnd();
  };
}

/**
 * A keyboard that opens, or a composer that grows, takes its room from above. The element is asked and moved
 * itself: the virtualizer learns of its new height only after this.
 */
function useStayAtEndOnResize(scroller: RefObject<HTMLElement | null>, stuck: RefObject<boolean>): void {
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (stuck.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, stuck]);
}

function isAtEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight <= END;
}

/** Asks for the next page before the reader gets there; `element` is null until the thread has its place. */
function usePages(
  view: ThreadView,
  range: { startIndex: number; endIndex: number } | null,
  element: HTMLElement | null,
  asked: Asked,
): void {
  useEffect(() => {
    if (!element || !range || view.loading !== null || view.error !== null) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    // Right after a scroll by code the range is still that of the place before: the element knows better.
    const first = range.startIndex < AHEAD && scrollTop < NEAR;
    const last =
      range.endIndex > view.messages.length - AHEAD && scrollHeight - scrollTop - clientHeight < NEAR;
    if (first && view.hasOlder) asked.loadOlder();
    else if (last && view.hasNewer) asked.loadNewer();
  });
}

/** Goes to a message, loading the rows around it first when they are not there, and lets it flash. */
export function useJump(view: ThreadView, toIndex: (index: number) => void, asked: Asked) {
  const [wanted, setWanted] = useState<number | null>(null);
  const [flashing, setFlashing] = useState<number | null>(null);
  const { messages } = view;

  useLayoutEffect(() => {
    if (wanted === null) return;
    const index = indexOfSeq(messages, wanted);
    if (index < 0) return;
    setWanted(null);
    setFlashing(wanted);
    toIndex(index);
  }, [wanted, messages, toIndex]);

  const jump = useCallback(
    (seq: number) => {
      setWanted(seq);
      if (indexOfSeq(messages, seq) >= 0) return;
      // A message that cannot be had must not draw the reader away when it comes some other way later.
      void asked.jumpTo(seq).then((there) => there || setWanted((now) => (now === seq ? null : now)));
    },
    [messages, asked],
  );
  return { jump, flashing, onFlashed: useCallback(() => setFlashing(null), []) };
}
