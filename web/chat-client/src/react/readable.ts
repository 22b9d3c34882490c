import { useSyncExternalStore } from "react";
import type { Readable } from "../store/readable.ts";

export function useReadable<T>({ subscribe, get }: Readable<T>): T {
  return useSyncExternalStore(subscribe, get, get);
}
