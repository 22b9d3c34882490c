import type { Attachment } from "@spotter/chat-client";
import { useApi } from "@spotter/chat-client/react";
import { useState } from "react";
import { type FreshLink, renewalOf } from "./links";

export interface FileLink {
  /** Absent for a preview without links, until it was renewed. */
  src: string | undefined;
  thumbnail: string | undefined;
  broken: boolean;
  /** For `onError`: renews once; what breaks again is broken. */
  onError(): void;
  /** Asks again where everything failed. */
  retry(): Promise<FreshLink | null>;
}

/** The links of a file, renewed where they have expired. */
export function useFileLink(attachment: Attachment): FileLink {
  const api = useApi();
  const [fresh, setFresh] = useState<FreshLink | null>(null);
  const [tried, setTried] = useState(false);
  const [broken, setBroken] = useState(false);

  const src = fresh?.url ?? attachment.url;
  const thumbnail = fresh?.thumbnailUrl ?? attachment.thumbnailUrl ?? src;

  const renew = async () => {
    setTried(true);
    const link = await renewalOf(api).renew(attachment.id, thumbnail ?? src ?? "");
    if (link) setFresh(link);
    setBroken(link === null);
    return link;
  };

  return {
    src,
    thumbnail,
    broken,
    onError: () => {
      if (tried) setBroken(true);
      else void renew();
    },
    retry: renew,
  };
}
