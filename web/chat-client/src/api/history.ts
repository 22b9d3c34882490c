import type { HistoryPage } from "../conversations/conversation.ts";
import type { ConversationId, Epoch, Message } from "../protocol.ts";
import type { Part } from "../threads/open-thread.ts";
import { isMessage } from "../wire/frames.ts";
import { parseConversationId } from "../wire/ids.ts";
import { list } from "../wire/shape.ts";
import { errorOf } from "./error.ts";
import { type Http, linked } from "./http.ts";
import type { HistoryQuery } from "./types.ts";

const PAGE = 50;
const isPage = list(isMessage);

/** One page of a thread, and the epoch of the log it was read from. */
export async function historyPage(
  http: Http,
  id: ConversationId,
  part: Part,
): Promise<HistoryPage & { epoch: Epoch | null }> {
  const pair = parseConversationId(id);
  if (!pair) throw errorOf("not_found");
  const { clientId: userId, trainerId } = pair;
  const { rows, headers } = await readHistory(http, { userId, trainerId, limit: PAGE, ...part });
  const last = rows.at(-1)?.position ?? 0;
  return {
    rows,
    position: Number(headers.get("Chat-Position") ?? last),
    epoch: headers.get("Chat-Epoch"),
    hasOlder: linked(headers, "prev", "before") !== null,
    hasNewer: linked(headers, "next", "after") !== null,
  };
}

export async function readHistory(
  http: Http,
  query: HistoryQuery,
): Promise<{ rows: Message[]; headers: Headers }> {
  const { body, headers } = await http.get("/api/chat/history", { ...query });
  if (!isPage(body)) throw errorOf("internal");
  return { rows: body, headers };
}
