import type { ErrorCode } from "../protocol.ts";
import { isRecord } from "../wire/shape.ts";
import { ApiError, asApiError, errorOf, isErrorCode } from "./error.ts";
import type { Tokens } from "./token.ts";

export type Query = Record<string, string | number | undefined>;

export interface Reply {
  body: unknown;
  headers: Headers;
}

export interface Http {
  readonly base: string;
  get(path: string, query?: Query): Promise<Reply>;
  send(method: "POST" | "PUT", path: string, body?: unknown): Promise<Reply>;
  /** The answer itself, when it is a good one. */
  respond(method: string, url: string, signal: AbortSignal, body?: unknown): Promise<Response>;
}

const TIMEOUT_MS = 15_000;

/** Calls with the bearer's token; a token that was refused is renewed once. Failures are `ApiError`. */
export function http(base: string, tokens: Tokens): Http {
  const once = async (
    method: string,
    url: string,
    signal: AbortSignal,
    body?: unknown,
  ): Promise<Response> => {
    const token = await tokens.get().catch(() => {
      throw errorOf("unauthenticated");
    });
    const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
    const init: RequestInit = { method, headers, signal };
    if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    const response = await fetch(url, init);
    if (response.status === 401) tokens.refused(token);
    return response;
  };
  const respond: Http["respond"] = async (method, url, signal, body) => {
    let response = await once(method, url, signal, body);
    if (response.status === 401) response = await once(method, url, signal, body);
    if (!response.ok)
      throw problem(response.status, await response.json().catch(() => null), response.headers);
    return response;
  };
  const call = async (method: string, path: string, query: Query, body?: unknown): Promise<Reply> => {
    try {
      const url = `${base}${path}${search(query)}`;
      const response = await respond(method, url, AbortSignal.timeout(TIMEOUT_MS), body);
      const text = await response.text();
      return { body: text === "" ? null : JSON.parse(text), headers: response.headers };
    } catch (error) {
      throw asApiError(error);
    }
  };
  return {
    base,
    respond,
    get: (path, query = {}) => call("GET", path, query),
    send: (method, path, body) => call(method, path, {}, body),
  };
}

/** Where the API is when nothing else is said: with the socket. */
export function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol === "ws:" ? "http:" : "https:"}//${host}`;
}

const BY_STATUS: Partial<Record<number, ErrorCode>> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  413: "payload_too_large",
  429: "rate_limited",
};

/** Reads problem+json; what is none is named after its status. */
export function problem(status: number, body: unknown, headers?: Headers): ApiError {
  const seconds = Number(headers?.get("Retry-After") ?? Number.NaN);
  const told = Number.isFinite(seconds) ? seconds * 1000 : null;
  if (isRecord(body) && isErrorCode(body.code)) {
    return new ApiError(
      body.code,
      body.retryable === true,
      typeof body.retryAfterMs === "number" ? body.retryAfterMs : told,
      typeof body.field === "string" ? body.field : null,
      typeof body.detail === "string" ? body.detail : null,
    );
  }
  const code = BY_STATUS[status];
  if (code) return new ApiError(code, status === 429, told);
  return new ApiError(status < 500 ? "invalid_field" : "unavailable", status >= 500, told);
}

/** The value of `name` in the `Link` of relation `rel`: where the next page begins. */
export function linked(headers: Headers, rel: "next" | "prev", name: string): string | null {
  for (const part of (headers.get("Link") ?? "").split(/,\s*(?=<)/)) {
    const [, target] = /^<([^>]*)>.*rel="?(\w+)/.exec(part) ?? [];
    const found = /rel="?(\w+)/.exec(part)?.[1];
    if (target && found === rel) return new URL(target, "http://link.invalid").searchParams.get(name);
  }
  return null;
}

function search(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : "";
}
