import type { Attachment } from "@spotter/chat-client";

export interface Box {
  width: number;
  height: number;
}

/** How wide pictures stand in a bubble, CSS pixels. */
export const WIDEST = 320;
const TALLEST = 380;
const LEAST = 132;
const UNKNOWN: Box = { width: 4, height: 3 };

/** The box of a picture that stands alone, known before a byte of it is there. Extremes are cropped. */
export function boxOf({ width, height }: Pick<Attachment, "width" | "height">): Box {
  const natural = width && height ? { width, height } : UNKNOWN;
  const scale = Math.min(WIDEST / natural.width, TALLEST / natural.height);
  return {
    width: Math.round(Math.max(LEAST, natural.width * scale)),
    height: Math.round(Math.max(LEAST, natural.height * scale)),
  };
}

/** More are behind the last tile's number. */
export const TILES = 4;

/** How many columns of two a tile takes: three pictures show the first one wide. */
export function spanOf(at: number, count: number): 1 | 2 {
  return count === 3 && at === 0 ? 2 : 1;
}
