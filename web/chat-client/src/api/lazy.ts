import { later } from "../later.ts";
import type { Message } from "../protocol.ts";
import type { ChatMessage } from "../threads/view.ts";
import type { Http } from "./http.ts";
import type { Tokens } from "./token.ts";
import type { Api } from "./types.ts";

type Call = (...args: unknown[]) => Promise<unknown>;

/** The API whose code is fetched with the first call of it: a chat that is only read and written needs none. */
export function lazyApi(http: Http, tokens: Tokens, toMessage: (row: Message) => ChatMessage): Api {
  const load = later(async () => (await import("./api.ts")).api(http, tokens, toMessage));
  const group = <G extends keyof Api>(name: G): Api[G] => {
    const calls = new Map<string | symbol, Call>();
    const make = (call: string | symbol): Call => {
      return async (...args) => ((await load())[name] as Record<string | symbol, Call>)[call]?.(...args);
    };
    // Every call is a promise, so which calls there are need not be known before the code is here.
    const get = (_: object, call: string | symbol): Call => {
      const known = calls.get(call) ?? make(call);
      calls.set(call, known);
      return known;
    };
    return new Proxy({}, { get }) as Api[G];
  };
  return {
    trainer: group("trainer"),
    user: group("user"),
    chat: group("chat"),
    files: group("files"),
    me: group("me"),
  };
}
