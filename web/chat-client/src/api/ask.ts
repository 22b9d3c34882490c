import type { Answer } from "../connection/events.ts";
import { asApiError } from "./error.ts";
import type { Http } from "./http.ts";

/** Asks over HTTP why a socket was refused: the same checks stand before both. */
export async function askWhy(http: Http): Promise<Answer> {
  try {
    await http.get("/api/chat/conversations", { limit: 1 });
    return { kind: "fine" };
  } catch (error) {
    const { code, retryAfterMs } = asApiError(error);
    return { kind: "refused", code, retryAfterMs };
  }
}
