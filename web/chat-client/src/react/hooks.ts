import { useEffect, useMemo } from "react";
import type { Api } from "../api/types.ts";
import type { ChatStatus } from "../connection/status.ts";
import type { ConversationList } from "../conversations/list.ts";
import type { Named } from "../people/people.ts";
import type { Presence } from "../presence/presence.ts";
import type { ConversationId, Limits, Me, UserId } from "../protocol.ts";
import type { Thread, ThreadView } from "../threads/view.ts";
import { useChatClient } from "./provider.tsx";
import { useReadable } from "./readable.ts";
import { useWatched } from "./watched.ts";

export type OpenChat = ThreadView &
  Omit<Thread, "view" | "typing"> & {
    /** Tells the peer that somebody types; call it on each key. */
    notifyTyping(): void;
    status: ChatStatus;
    reconnect(): void;
  };

/** One conversation: its view, what can be done in it, and the connection's status. */
export function useChat({ conversationId }: { conversationId: ConversationId }): OpenChat {
  const chat = useChatClient();
  const thread = useMemo(() => chat.thread(conversationId), [chat, conversationId]);
  const view = useReadable(thread.view);
  const status = useStatus();
  const actions = useMemo(() => actionsOf(thread, () => chat.reconnect()), [chat, thread]);
  return useMemo(() => ({ ...view, ...actions, status }), [view, actions, status]);
}

export function useStatus(): ChatStatus {
  return useReadable(useChatClient().status);
}

export function useConversations(): ConversationList {
  return useReadable(useChatClient().conversations);
}

export function useMe(): Me | null {
  return useReadable(useChatClient().me);
}

export function useLimits(): Limits | null {
  return useReadable(useChatClient().limits);
}

export function useApi(): Api {
  return useChatClient().api;
}

/** Names for ids; those not known yet are asked for. */
export function usePeople(ids: readonly UserId[]): ReadonlyMap<UserId, Named> {
  const chat = useChatClient();
  const wanted = ids.join();
  useEffect(() => chat.requestPeople(wanted === "" ? [] : wanted.split(",")), [chat, wanted]);
  return useReadable(chat.people);
}

/** Who of these is there; they are watched as long as the component is mounted. */
export function usePresence(ids: readonly UserId[]): ReadonlyMap<UserId, Presence> {
  const chat = useChatClient();
  useWatched(chat, ids.join());
  return useReadable(chat.presence);
}

function actionsOf(thread: Thread, reconnect: () => void): Omit<OpenChat, keyof ThreadView | "status"> {
  return {
    loadOlder: () => thread.loadOlder(),
    loadNewer: () => thread.loadNewer(),
    jumpTo: (seq) => thread.jumpTo(seq),
    jumpToEnd: () => thread.jumpToEnd(),
    send: (body) => thread.send(body),
    edit: (seq, text) => thread.edit(seq, text),
    remove: (seq) => thread.remove(seq),
    react: (seq, emoji, on) => thread.react(seq, emoji, on),
    retry: (id) => thread.retry(id),
    discard: (id) => thread.discard(id),
    markRead: (seq) => thread.markRead(seq),
    notifyTyping: () => thread.typing(),
    reconnect,
  };
}
