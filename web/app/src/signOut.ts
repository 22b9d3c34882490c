import { useChatClient } from "@spotter/chat-client/react";
import { useCallback } from "react";
import { host } from "./host";
import { wipeDrafts } from "./modules/conversation/composer/drafts";

/** Leaves nothing of the person on this device, then hands over to the host's own sign-in. */
export function useSignOut(): () => Promise<void> {
  const chat = useChatClient();
  return useCallback(async () => {
    wipeDrafts();
    await chat.signOut();
    host().signOut?.();
  }, [chat]);
}
