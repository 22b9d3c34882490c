import { useChatClient, useStatus } from "@spotter/chat-client/react";
import { Skeleton } from "../../ui/Skeleton";
import { ConnectionBadge } from "../conversation/header/ConnectionBadge";
import { LoadingRoster } from "../roster/states";

/** Before it is known who is signed in: the shape of what will come, and how the connection stands. */
export function Starting() {
  const status = useStatus();
  const chat = useChatClient();
  return (
    <main id="content" className="flex h-[var(--room,100dvh)]">
      <div className="w-23 border-r border-line bg-surface max-md:hidden" />
      <div className="w-full border-r border-line bg-surface md:w-80 lg:w-90">
        <div className="px-5 pt-5 pb-3">
          <Skeleton className="mb-3 h-8 w-40" />
          <Skeleton shape="control" className="h-11 w-full" />
        </div>
        <div className="px-5 pb-3">
          <ConnectionBadge status={status} onReconnect={() => chat.reconnect()} />
        </div>
        <LoadingRoster />
      </div>
    </main>
  );
}
