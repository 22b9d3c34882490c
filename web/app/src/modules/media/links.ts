import type { Api, FileId } from "@spotter/chat-client";

export interface FreshLink {
  url: string;
  thumbnailUrl: string | null;
}

type AskLinks = Api["files"]["links"];

/** As many ids as one call takes. */
const AT_ONCE = 100;

/** Renews links that stopped working: files of one moment in one call, and each file once at a time. */
export class LinkRenewal {
  readonly #fresh = new Map<FileId, FreshLink>();
  readonly #asked = new Map<FileId, Promise<FreshLink | null>>();
  #next: { ids: Set<FileId>; answer: ReturnType<AskLinks> } | null = null;

  constructor(private readonly ask: AskLinks) {}

  /** Answers other links than `broken`; null when there are none (the file is gone, or not ours). */
  renew(id: FileId, broken: string): Promise<FreshLink | null> {
    const known = this.#fresh.get(id);
    if (known && known.url !== broken && known.thumbnailUrl !== broken) return Promise.resolve(known);
    const under = this.#asked.get(id) ?? this.#ask(id).finally(() => this.#asked.delete(id));
    this.#asked.set(id, under);
    return under;
  }

  async #ask(id: FileId): Promise<FreshLink | null> {
    const links = await this.#batch(id).catch(() => null);
    const fresh = links?.get(id) ?? null;
    if (fresh) this.#fresh.set(id, fresh);
    return fresh;
  }

  #batch(id: FileId): ReturnType<AskLinks> {
    if (this.#next && this.#next.ids.size < AT_ONCE) {
      this.#next.ids.add(id);
      return this.#next.answer;
    }
    const ids = new Set([id]);
    // Asked after this task, so that all images of a page that break together are one call.
    const answer = Promise.resolve().then(() => {
      if (this.#next?.ids === ids) this.#next = null;
      return this.ask([...ids]);
    });
    this.#next = { ids, answer };
    return answer;
  }
}

const renewals = new WeakMap<Api, LinkRenewal>();

/** The one renewal of an api. */
export function renewalOf(api: Api): LinkRenewal {
  const known = renewals.get(api) ?? new LinkRenewal((ids) => api.files.links(ids));
  renewals.set(api, known);
  return known;
}

/** Whether a signed link says of itself that its time is over (`exp`, in seconds). */
export function isExpired(url: string, now: number): boolean {
  const exp = /[?&]exp=(\d+)/.exec(url)?.[1];
  return exp !== undefined && Number(exp) * 1_000 <= now;
}
