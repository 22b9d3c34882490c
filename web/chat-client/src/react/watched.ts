import { useEffect } from "react";
import type { Chat } from "../chat.ts";
import type { UserId } from "../protocol.ts";

/** The server takes one list of people to watch; several components each bring a part of it. */
const parts = new WeakMap<Chat, Map<symbol, readonly UserId[]>>();

export function useWatched(chat: Chat, ids: string): void {
  useEffect(() => {
    const mine = parts.get(chat) ?? new Map<symbol, readonly UserId[]>();
    parts.set(chat, mine);
    const part = Symbol("part");
    mine.set(part, ids === "" ? [] : ids.split(","));
    chat.watch([...mine.values()].flat());
    return () => {
      mine.delete(part);
      chat.watch([...mine.values()].flat());
    };
  }, [chat, ids]);
}
