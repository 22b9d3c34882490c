// What comes from a server is looked at before it is believed.

export type Check<T> = (value: unknown) => value is T;
type Checked<S> = { [K in keyof S]: S[K] extends Check<infer T> ? T : never };

export const text: Check<string> = (value): value is string => typeof value === "string";
export const flag: Check<boolean> = (value): value is boolean => typeof value === "boolean";
/** A count: whole, not negative, exact. */
export const count: Check<number> = (value): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || check(value);
}

/** Absent, or as `check` says. Rust may also say `null` where TypeScript leaves out. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value): value is T | undefined => value === undefined || value === null || check(value);
}

export function list<T>(check: Check<T>): Check<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(check);
}

export function shape<S extends Record<string, Check<unknown>>>(fields: S): Check<Checked<S>> {
  const entries = Object.entries(fields);
  return (value): value is Checked<S> =>
    isRecord(value) && entries.every(([name, check]) => check(value[name]));
}
