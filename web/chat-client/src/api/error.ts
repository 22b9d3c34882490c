import type { ErrorCode } from "../protocol.ts";
import { ERRORS } from "../protocol.ts";

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
  return new ApiError(code, ERRORS[code].retryable);
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERRORS, value);
}

/** What cannot be named otherwise: the network failed, or something that is no Spotter answered. */
export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : errorOf("unavailable");
}
