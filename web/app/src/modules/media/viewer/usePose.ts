import type { Attachment } from "@spotter/chat-client";
import { useState } from "react";
import { fitted, held, type Point, type Pose, REST, type Size, ZOOM_STEP, zoomed } from "../gestures";

export interface PoseControl {
  pose: Pose;
  zoomAt(factor: number, at: Point): void;
  moveBy(by: Point): void;
  zoomIn(): void;
  zoomOut(): void;
  reset(): void;
}

const CENTRE: Point = { x: 0, y: 0 };

/** Where the picture stands; another picture starts at rest. */
export function usePose(image: Attachment | undefined): PoseControl {
  const id = image?.id;
  const [kept, setKept] = useState({ id, pose: REST });
  const pose = kept.id === id ? kept.pose : REST;
  const setPose = (change: (pose: Pose) => Pose) =>
    setKept((it) => ({ id, pose: change(it.id === id ? it.pose : REST) }));

  const frame = (): Size => ({ width: window.innerWidth, height: window.innerHeight });
  const picture = (): Size =>
    fitted({ width: image?.width ?? frame().width, height: image?.height ?? frame().height }, frame());
  const zoomAt = (factor: number, at: Point) => setPose((it) => zoomed(it, factor, at, picture(), frame()));
  return {
    pose,
    zoomAt,
    moveBy: (by) => setPose((it) => held({ ...it, x: it.x + by.x, y: it.y + by.y }, picture(), frame())),
    zoomIn: () => zoomAt(ZOOM_STEP, CENTRE),
    zoomOut: () => zoomAt(1 / ZOOM_STEP, CENTRE),
    reset: () => setPose(() => REST),
  };
}
