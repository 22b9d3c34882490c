const GAP = 6;
const MARGIN = 8;

/** Puts a popover under its anchor, above it where there is no room, and always inside the window. */
export function placeBeside(popover: HTMLElement, anchor: HTMLElement): void {
  const { top, bottom, left, right } = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const { innerWidth, innerHeight } = window;

  const under = bottom + GAP;
  const above = top - GAP - height;
  const y = under + height <= innerHeight - MARGIN || above < MARGIN ? under : above;
  const x = (left + right) / 2 > innerWidth / 2 ? right - width : left;
  popover.style.top = `${clamp(y, MARGIN, innerHeight - height - MARGIN)}px`;
  popover.style.left = `${clamp(x, MARGIN, innerWidth - width - MARGIN)}px`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, Math.max(least, most)));
}
