import { thumbHashToDataURL } from "thumbhash";

const KEPT = 500;
const urls = new Map<string, string | null>();

/** A blurred picture of a few bytes, shown until the thumbnail is there; null where there is none. */
export function placeholderUrl(thumbhash: string | null): string | null {
  if (!thumbhash) return null;
  const known = urls.get(thumbhash);
  if (known !== undefined) return known;
  const url = drawn(thumbhash);
  if (urls.size >= KEPT) urls.clear();
  urls.set(thumbhash, url);
  return url;
}

function drawn(thumbhash: string): string | null {
  try {
    return thumbHashToDataURL(Uint8Array.from(atob(thumbhash), (char) => char.charCodeAt(0)));
  } catch {
    // Whatever it is, it is no picture; the grey box stays.
    return null;
  }
}
