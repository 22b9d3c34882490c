/**
 * The thread and all that belongs to it is its own chunk: the list is there before it.
 * Whoever only warms it up may ignore a failure; `lazyPart` asks again where it is needed.
 */
export function loadThread() {
  return import("../conversation/ThreadPane");
}
