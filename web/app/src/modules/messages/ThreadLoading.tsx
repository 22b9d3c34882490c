import { Skeleton } from "../../ui/Skeleton";
import { LoadingMessages } from "../conversation/thread/LoadingMessages";

/** The shape of a thread while its code is on the way. */
export function ThreadLoading() {
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex min-h-16 items-center gap-3 border-b border-line bg-surface px-5">
        <Skeleton shape="circle" className="size-9" />
        <Skeleton className="h-5 w-40" />
      </div>
      <LoadingMessages />
    </div>
  );
}
