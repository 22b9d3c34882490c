import type { ChatMessage } from "@spotter/chat-client";
import { useEffect, useSyncExternalStore } from "react";

/** Marks as read what is visible, while the tab is visible and has the focus. */
export function useReading(visible: ChatMessage | undefined, markRead: (seq: number) => void): void {
  const attentive = useSyncExternalStore(onAttention, isAttentive);
  const seq = visible?.seq ?? null;

  useEffect(() => {
    if (attentive && seq !== null) markRead(seq);
  }, [attentive, seq, markRead]);
}

function isAttentive(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

function onAttention(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  window.addEventListener("focus", listener);
  window.addEventListener("blur", listener);
  return () => {
    document.removeEventListener("visibilitychange", listener);
    window.removeEventListener("focus", listener);
    window.removeEventListener("blur", listener);
  };
}
