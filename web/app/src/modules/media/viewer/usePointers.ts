import { type PointerEvent, useRef, useState, type WheelEvent } from "react";
import { type Point, type Swipe, swipeOf } from "../gestures";
import type { PoseControl } from "./usePose";

const STILL: Point = { x: 0, y: 0 };
/** A press that moved less was a tap. */
const TAP = 8;
const DOUBLE_TAP_MS = 300;
const DOUBLE_TAP_ZOOM = 2.5;

interface Gesture {
  start: Point;
  startedAt: number;
  pinched: boolean;
}

/** One finger swipes (or moves a zoomed picture), two zoom, the wheel zooms, two taps zoom in or back. */
export function usePointers(
  pose: PoseControl,
  onSwipe: (swipe: NonNullable<Swipe>) => void,
  onTap: () => void,
) {
  const down = useRef(new Map<number, Point>());
  const gesture = useRef<Gesture | null>(null);
  const lastTap = useRef(0);
  const [drag, setDrag] = useState(STILL);
  const [dragging, setDragging] = useState(false);

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    down.current.set(event.pointerId, pointOf(event));
    gesture.current ??= { start: pointOf(event), startedAt: event.timeStamp, pinched: false };
    if (down.current.size > 1) gesture.current.pinched = true;
    setDragging(true);
  };

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const before = down.current.get(event.pointerId);
    if (!before || !gesture.current) return;
    const now = pointOf(event);
    const other = [...down.current].find(([id]) => id !== event.pointerId)?.[1];
    down.current.set(event.pointerId, now);
    if (other)
      pose.zoomAt(
        distance(now, other) / Math.max(1, distance(before, other)),
        fromCentre(middle(now, other)),
      );
    else if (pose.pose.scale > 1) pose.moveBy({ x: now.x - before.x, y: now.y - before.y });
    else if (!gesture.current.pinched)
      setDrag({ x: now.x - gesture.current.start.x, y: now.y - gesture.current.start.y });
  };

  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    down.current.delete(event.pointerId);
    const ended = gesture.current;
    if (!ended || down.current.size > 0) return;
    gesture.current = null;
    setDragging(false);
    setDrag(STILL);
    if (event.type === "pointercancel" || ended.pinched) return;
    const by = { x: event.clientX - ended.start.x, y: event.clientY - ended.start.y };
    if (Math.hypot(by.x, by.y) < TAP) tapped(event);
    else if (pose.pose.scale === 1) {
      const swipe = swipeOf(by, event.timeStamp - ended.startedAt, frame());
      if (swipe) onSwipe(swipe);
    }
  };

  const tapped = (event: PointerEvent<HTMLElement>) => {
    // The pointer is captured by the stage: what lies under it has to be asked for.
    const under = document.elementFromPoint(event.clientX, event.clientY);
    if (!under?.closest("[data-picture]")) return onTap();
    const double = event.timeStamp - lastTap.current < DOUBLE_TAP_MS;
    lastTap.current = double ? 0 : event.timeStamp;
    if (!double) return;
    if (pose.pose.scale > 1) pose.reset();
    else pose.zoomAt(DOUBLE_TAP_ZOOM, fromCentre(pointOf(event)));
  };

  const onWheel = (event: WheelEvent<HTMLElement>) => {
    pose.zoomAt(Math.exp(-event.deltaY / 300), fromCentre(pointOf(event)));
  };

  return {
    drag,
    dragging,
    handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp, onWheel },
  };
}

function pointOf({ clientX, clientY }: { clientX: number; clientY: number }): Point {
  return { x: clientX, y: clientY };
}

function frame() {
  return { width: window.innerWidth, height: window.innerHeight };
}

function fromCentre({ x, y }: Point): Point {
  return { x: x - window.innerWidth / 2, y: y - window.innerHeight / 2 };
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
