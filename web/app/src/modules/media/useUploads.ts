import type { Attachment, Limits } from "@spotter/chat-client";
import { useApi } from "@spotter/chat-client/react";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { shrunk } from "./shrink";
import { type UploadItem, Uploads } from "./uploads";

export interface UploadTray {
  items: readonly UploadItem[];
  limits: Limits | null;
  /** Something is still on its way or failed: the message cannot go yet. */
  busy: boolean;
  add(files: Iterable<File>): void;
  remove(id: number): void;
  retry(id: number): void;
  clear(): void;
  /** The attachments, and the tray is empty; null while one is not there yet. */
  take(): Attachment[] | null;
}

/** The files of the message that is being written. */
export function useUploads(limits: Limits | null): UploadTray {
  const api = useApi();
  const latest = useRef(limits);
  latest.current = limits;
  const [uploads] = useState(
    () =>
      new Uploads({
        upload: (file, options) => api.files.uploadFile(file, options),
        shrink: shrunk,
        limits: () => latest.current,
        preview: (file) => URL.createObjectURL(file),
        release: (preview) => URL.revokeObjectURL(preview),
      }),
  );
  const items = useSyncExternalStore(uploads.subscribe, uploads.get);

  useEffect(() => {
    window.addEventListener("online", uploads.retryFailed);
    return () => {
      window.removeEventListener("online", uploads.retryFailed);
      uploads.clear();
    };
  }, [uploads]);

  return useMemo(
    () => ({
      items,
      limits,
      busy: items.some(({ state }) => state.step !== "ready"),
      add: uploads.add,
      remove: uploads.remove,
      retry: uploads.retry,
      clear: uploads.clear,
      take: uploads.take,
    }),
    [items, limits, uploads],
  );
}
