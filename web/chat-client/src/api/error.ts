import type { ErrorCode } from "../protocol.ts";

/** Why a call or a change was refused. Carries no internals and no text of a message. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: ErrorCode,
    readonly retryable: boolean,
    readonly retryAfterMs: number | null = null,
    readonly field: string | null = null,
    /** What to do instead, where the server has something to say to a person. */
    readonly detail: string | null = null,
  ) {
    super(code);
  }
}

export function errorOf(code: ErrorCode): ApiError {
  return new ApiError(code, isRetryable(code));
}

/** As in the protocol's table of codes, which a test compares; a code of a later release is not tried again. */
export function isRetryable(code: ErrorCode): boolean {
  return ["rate_limited", "overloaded", "unavailable", "internal"].includes(code);
}

/** A later release may know more codes: they are passed on as they are. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string";
}

/** What cannot be named otherwise: the network failed, or something that is no Spotter answered. */
export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : errorOf("unavailable");
}
