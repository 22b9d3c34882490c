import type { Me, Role, UserId } from "../protocol.ts";
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

export function tokens(getToken: () => Promise<string>, now: () => number): Tokens {
  let known: { token: string; until: number } | null = null;
  let asking: Promise<string> | null = null;
  const renew = (): Promise<string> => {
    asking ??= getToken()
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

const LONG = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
const LONG_ROLE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

/** Whom a token speaks for, as far as it says so. Only the server's `welcome` decides. */
export function bearerOf(token: string): { id: UserId; role: Role | null } | null {
  const claims = claimsOf(token);
  const id = [claims.sub, claims.nameid, claims[LONG]].find((claim) => typeof claim === "string");
  if (typeof id !== "string") return null;
  const roles = [claims.role, claims[LONG_ROLE]].flat();
  const role = roles.find((claim) => claim === "Trainer" || claim === "User");
  return { id: id.toLowerCase(), role: (role as Role | undefined) ?? null };
}

export function meOf(token: string): Me | null {
  const bearer = bearerOf(token);
  return bearer?.role ? { id: bearer.id, role: bearer.role } : null;
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
