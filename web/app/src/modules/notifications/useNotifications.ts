import type { Chat, ChatMessage, ConversationId } from "@spotter/chat-client";
import { useChatClient } from "@spotter/chat-client/react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { type Translate, useTexts } from "../../i18n/useTexts";
import { permission } from "./permission";
import { preferences } from "./preferences";
import { received } from "./received";
import { deservesNotice, isFresh, kindOf, titleOf } from "./rules";
import { joinTabs } from "./tabs";

const TITLE = "Spotter";
const ICON = `${import.meta.env.BASE_URL}icon.svg`;

export interface NotificationOptionsOfApp {
  /** A notification was pressed. */
  onOpen(conversationId: ConversationId): void;
}

/** Tells of messages in hidden tabs, and of what is unread in the title. Used once, in the shell. */
export function useNotifications({ onOpen }: NotificationOptionsOfApp): void {
  const chat = useChatClient();
  const { t } = useTexts();
  const latest = useRef({ t, onOpen });
  latest.current = { t, onOpen };

  useTitle(chat);
  useEffect(() => {
    const tabs = joinTabs();
    const unsubscribe = chat.onMessage((message) => {
      if (isFresh(message)) received.set(true);
      void tabs.visibleSomewhere().then((visibleSomewhere) => {
        const moment = { permission: permission.get(), leader: tabs.leads(), visibleSomewhere };
        if (!deservesNotice(message, preferences.get(), moment)) return;
        const name = chat.people.get().get(message.senderId)?.name ?? TITLE;
        show(message, name, latest.current.t, (id) => latest.current.onOpen(id));
      });
    });
    return () => {
      unsubscribe();
      tabs.leave();
    };
  }, [chat]);
}

function show(message: ChatMessage, name: string, t: Translate, onOpen: (id: ConversationId) => void): void {
  const kind = kindOf(message);
  const text = preferences.get().showText ? message.text : null;
  const notification = made(name, {
    body: text || t(`notifications.kind.${kind}`),
    // A conversation has one notification: the newest takes the place of the one before.
    tag: message.conversationId,
    icon: ICON,
  });
  notification?.addEventListener("click", () => {
    window.focus();
    notification.close();
    onOpen(message.conversationId);
  });
}

function made(name: string, options: NotificationOptions): Notification | null {
  try {
    return new Notification(name, options);
  } catch {
    // Chrome on Android has the constructor, and lets only service workers notify.
    return null;
  }
}

/** "(3) Spotter". */
function useTitle({ conversations }: Chat): void {
  const { entries } = useSyncExternalStore(conversations.subscribe, conversations.get);
  const unread = entries.reduce((sum, entry) => sum + entry.unread, 0);
  useEffect(() => {
    document.title = titleOf(unread, TITLE);
  }, [unread]);
}
