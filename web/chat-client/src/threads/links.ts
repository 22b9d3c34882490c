import { links } from "../api/calls.ts";
import type { Http } from "../api/http.ts";
import type { Conversation } from "../conversations/conversation.ts";
import { repainted, shown } from "../device/replica.ts";
import type { Attachment, FileId } from "../protocol.ts";
import { IDS } from "../wire/numbers.ts";
import type { Row } from "./row.ts";

type Fresh = ReadonlyMap<FileId, { url: string; thumbnailUrl: string | null }>;

/** A link that ends within this is as good as over. */
const SPARE_MS = 30_000;

/** Files shown by a link whose hour is over, the newest first. */
function outdated(conversation: Conversation, now: number): FileId[] {
  const ids = new Set<FileId>();
  const rows = conversation.replica ? shown(conversation.replica).rows : [];
  for (let place = rows.length - 1; place >= 0 && ids.size < IDS; place--) {
    for (const attachment of rows[place]?.attachments ?? []) {
      if (endOf(attachment) < now + SPARE_MS && ids.size < IDS) ids.add(attachment.id);
    }
  }
  return [...ids];
}

/** Asks for fresh links where they are needed; whether any came. */
export async function renew(http: Http, conversation: Conversation, now: number): Promise<boolean> {
  const ids = outdated(conversation, now);
  if (ids.length === 0) return false;
  const fresh = await links(http, ids);
  if (!conversation.replica || fresh.size === 0) return false;
  conversation.replica = repainted(conversation.replica, 0, Number.MAX_SAFE_INTEGER - 1, (row) =>
    relinked(row, fresh),
  );
  return true;
}

function relinked(row: Row, fresh: Fresh): Row {
  if (!row.attachments.some(({ id }) => fresh.has(id))) return row;
  const attachments = row.attachments.map((attachment): Attachment => {
    const link = fresh.get(attachment.id);
    if (!link) return attachment;
    const { thumbnailUrl: _old, ...rest } = attachment;
    return {
      ...rest,
      url: link.url,
      ...(link.thumbnailUrl === null ? {} : { thumbnailUrl: link.thumbnailUrl }),
    };
  });
  return { ...row, attachments };
}

function endOf({ url }: Attachment): number {
  const seconds = Number(/[?&]exp=(\d+)/.exec(url ?? "")?.[1] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : Number.POSITIVE_INFINITY;
}
