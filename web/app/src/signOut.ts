import { useChatClient } from "@spotter/chat-client/react";
import { useCallback } from "react";
import { forgetPerson } from "./forgetPerson";
import { host } from "./host";

/** Leaves nothing of the person on this device, then hands over to the host's own sign-in. */
export function useSignOut(): () => Promise<void> {
  const chat = useChatClient();
  return useCallback(async () => {
    forgetPerson(chat.me.get()?.id ?? null);
    await chat.signOut();
    host().signOut?.();
  }, [chat]);
}
