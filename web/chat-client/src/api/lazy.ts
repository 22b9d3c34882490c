import { later } from "../later.ts";
import type { Message } from "../protocol.ts";
import type { ChatMessage } from "../threads/view.ts";
import type { Http } from "./http.ts";
import type { Tokens } from "./token.ts";
import type { Api } from "./types.ts";

type Calls<G> = {
  [K in keyof G]: G[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => Promise<R> : never;
};

/** The API whose code is fetched with the first call of it: a chat that is only read and written needs none. */
export function lazyApi(http: Http, tokens: Tokens, toMessage: (row: Message) => ChatMessage): Api {
  const load = later(async () => (await import("./api.ts")).api(http, tokens, toMessage));
  const group = <G extends keyof Api>(name: G, calls: (keyof Api[G])[]): Calls<Api[G]> => {
    const entries = calls.map((call) => {
      return [call, async (...args: unknown[]) => ((await load())[name][call] as Call)(...args)];
    });
    // The types of the calls are those of the API itself; only their names are needed here.
    return Object.fromEntries(entries) as Calls<Api[G]>;
  };
  return {
    trainer: group("trainer", ["getMyClients", "block", "unblock"]),
    user: group("user", ["getMyTrainers", "block", "unblock"]),
    chat: group("chat", ["getChatHistory", "search"]),
    files: group("files", ["uploadFile", "links"]),
    me: group("me", ["getSettings", "putSettings", "exportData"]),
  };
}

type Call = (...args: unknown[]) => Promise<unknown>;
