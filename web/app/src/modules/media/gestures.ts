/** What a viewer shows: `x`/`y` move the picture's centre from the frame's centre, in CSS pixels. */
export interface Pose {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export const REST: Pose = { scale: 1, x: 0, y: 0 };
export const MAX_SCALE = 6;
export const ZOOM_STEP = 1.5;

/** A flick is fast, a drag is far: either one turns the page. */
const FAR = 0.25;
const FAST = 0.5;
/** Below this nobody meant to move, whatever the speed. */
const LEAST = 24;

export type Swipe = "next" | "previous" | "close" | null;

/** What a finger that moved by `by` in `ms` meant, on a picture that is not zoomed. */
export function swipeOf(by: Point, ms: number, frame: Size): Swipe {
  const sideways = Math.abs(by.x) > Math.abs(by.y);
  const way = sideways ? by.x : by.y;
  const length = sideways ? frame.width : frame.height;
  const meant =
    Math.abs(way) > LEAST && (Math.abs(way) > length * FAR || Math.abs(way) / Math.max(ms, 1) > FAST);
  if (!meant) return null;
  if (sideways) return way < 0 ? "next" : "previous";
  return way > 0 ? "close" : null;
}

/** Zooms so that what lies under `at` (from the frame's centre) stays there. */
export function zoomed(pose: Pose, factor: number, at: Point, picture: Size, frame: Size): Pose {
  const scale = Math.min(MAX_SCALE, Math.max(1, pose.scale * factor));
  const ratio = scale / pose.scale;
  const moved = { scale, x: at.x - (at.x - pose.x) * ratio, y: at.y - (at.y - pose.y) * ratio };
  return held(moved, picture, frame);
}

/** Keeps the picture over the frame: no edge comes further in than it must. */
export function held(pose: Pose, picture: Size, frame: Size): Pose {
  const room = (length: number, of: number) => Math.max(0, (length * pose.scale - of) / 2);
  const x = room(picture.width, frame.width);
  const y = room(picture.height, frame.height);
  return { scale: pose.scale, x: clamp(pose.x, -x, x), y: clamp(pose.y, -y, y) };
}

/** The size a picture has at rest: whole, never larger than it is. */
export function fitted(natural: Size, frame: Size): Size {
  if (natural.width === 0 || natural.height === 0) return frame;
  const scale = Math.min(1, frame.width / natural.width, frame.height / natural.height);
  return { width: natural.width * scale, height: natural.height * scale };
}

function clamp(value: number, least: number, most: number): number {
  // `+ 0` keeps a minus zero out of styles and comparisons.
  return Math.min(most, Math.max(least, value)) + 0;
}
