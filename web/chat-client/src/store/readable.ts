/** Fits React's `useSyncExternalStore`: `get` answers the same object until something changed. */
export interface Readable<T> {
  get(): T;
  subscribe(listener: () => void): () => void;
}

/** A value that is computed when somebody asks, and anew only after `invalidate`. */
export interface Cell<T> extends Readable<T> {
  invalidate(): void;
}

/** Tells listeners of all that changed once, after the task that changed it. */
const due = new Set<() => void>();

function flush(): void {
  const listeners = [...due];
  due.clear();
  for (const listener of listeners) listener();
}

function announce(listeners: Iterable<() => void>): void {
  const idle = due.size === 0;
  for (const listener of listeners) due.add(listener);
  if (idle && due.size > 0) queueMicrotask(flush);
}

export function derived<T>(compute: () => T): Cell<T> {
  const listeners = new Set<() => void>();
  let known: { value: T } | null = null;
  return {
    get() {
      known ??= { value: compute() };
      return known.value;
    },
    subscribe(listener) {
      // Wrapped, so that a listener given twice is told twice and forgotten once.
      const told = (): void => {
        if (listeners.has(told)) listener();
      };
      listeners.add(told);
      return () => listeners.delete(told);
    },
    invalidate() {
      known = null;
      announce(listeners);
    },
  };
}

/** A value that is set. Setting what it already is tells nobody. */
export interface Value<T> extends Readable<T> {
  set(value: T): void;
}

export function value<T>(initial: T): Value<T> {
  let current = initial;
  const cell = derived(() => current);
  return {
    get: cell.get,
    subscribe: cell.subscribe,
    set(next) {
      if (Object.is(next, current)) return;
      current = next;
      cell.invalidate();
    },
  };
}
