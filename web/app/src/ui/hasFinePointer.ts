/** A mouse or a trackpad, with a keyboard beside it; not a finger, whose keyboard covers half the screen. */
export function hasFinePointer(): boolean {
  return window.matchMedia("(hover: hover) and (pointer: fine)").matches;
}
