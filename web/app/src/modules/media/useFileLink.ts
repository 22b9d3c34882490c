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

interface Renewal {
  /** The link that was there: with another one the story begins anew. */
  of: string | undefined;
  fresh: FreshLink | null;
  tried: boolean;
  broken: boolean;
}

/** The links of a file, renewed where they have expired. */
export function useFileLink(attachment: Attachment): FileLink {
  const api = useApi();
  const untried: Renewal = { of: attachment.url, fresh: null, tried: false, broken: false };
  const [kept, setKept] = useState(untried);
  const { fresh, tried, broken } = kept.of === attachment.url ? kept : untried;

  const src = fresh?.url ?? attachment.url;
  // A fresh link without a thumbnail must not bring the stale one back.
  const thumbnail = fresh ? (fresh.thumbnailUrl ?? fresh.url) : (attachment.thumbnailUrl ?? src);

  const renew = async () => {
    setKept({ ...untried, fresh, tried: true });
    const link = await renewalOf(api).renew(attachment.id, thumbnail ?? "");
    setKept({ ...untried, fresh: link ?? fresh, tried: true, broken: link === null });
    return link;
  };

  return {
    src,
    thumbnail,
    broken,
    onError: () => {
      if (tried) setKept({ ...untried, fresh, tried: true, broken: true });
      else void renew();
    },
    retry: renew,
  };
}
