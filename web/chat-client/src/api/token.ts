import type { Role, UserId } from "../protocol.ts";
import { isRecord } from "../wire/shape.ts";

/** Keeps the token in memory, and nowhere else, until it is about to end or was refused. */
export interface Tokens {
  get(): Promise<string>;
  /** A fresh one from the host page, whatever is known. */
  renew(): Promise<string>;
  /** The server refused the token: the next `get` asks for another. */
  refused(token?: string): void;
}

const SPARE_MS = 30_000;
/** A host page that does not answer by then is taken for one that has no token. */
const ANSWER_MS = 15_000;

export function tokens(getToken: () => Promise<string>, now: () => number): Tokens {
  let known: { token: string; until: number } | null = null;
  let asking: Promise<string> | null = null;
  const renew = (): Promise<string> => {
    asking ??= inTime(getToken())
      .then((token) => {
        known = { token, until: expiryOf(token) - SPARE_MS };
        return token;
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  };
  return {
    get: () => (known && now() < known.until ? Promise.resolve(known.token) : renew()),
    renew,
    refused(token) {
      if (token === undefined || known?.token === token) known = null;
    },
  };
}

function inTime(token: Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, ANSWER_MS);
    token.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Whom a token speaks for, as far as it says so. Only the server's `welcome` decides. */
export function bearerOf(token: string): { id: UserId; role: Role | null } | null {
  // ASP.NET writes the same claims under short names, or as addresses that end with them.
  const id = claim(token, /^sub$|nameid(entifier)?$/).find((value) => typeof value === "string");
  const role = claim(token, /(^|\/)role$/).find((value) => value === "Trainer" || value === "User");
  return id ? { id: id.toLowerCase(), role: role ?? null } : null;
}

/** The values of the claims of that name, in the order of the token. */
function claim(token: string, name: RegExp): unknown[] {
  const claims = Object.entries(claimsOf(token)).filter(([key]) => name.test(key));
  return claims.flatMap(([, value]) => value);
}

function expiryOf(token: string): number {
  const { exp } = claimsOf(token);
  return typeof exp === "number" ? exp * 1000 : Number.POSITIVE_INFINITY;
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    const part = token.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}
