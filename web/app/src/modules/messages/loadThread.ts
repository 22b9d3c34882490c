/** The thread and all that belongs to it is its own chunk: the list is there before it. */
export function loadThread() {
  return import("../conversation/ThreadPane");
}
