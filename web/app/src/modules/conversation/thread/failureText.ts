import type { ErrorCode } from "@spotter/chat-client";
import type { Translate } from "../../../i18n/useTexts";

const TOLD: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "rate_limited",
  "read_only",
  "not_found",
  "text_too_long",
  "empty_message",
  "invalid_field",
  "upload_rejected",
  "edit_window_over",
  "edit_conflict",
  "unavailable",
  "overloaded",
]);

/** What a person is told of a failure; the codes that mean nothing to people share one sentence. */
export function failureText(code: ErrorCode, t: Translate): string {
  return t(TOLD.has(code) ? `failure.${code}` : "failure.default");
}

/** The same for a change of one message, where "not found" and "forbidden" are about that message. */
export function changeFailureText(code: ErrorCode, t: Translate): string {
  return code === "not_found" || code === "forbidden" ? t("failure.gone") : failureText(code, t);
}

/** The code of what a call was refused with; a failure without one never reached the service. */
export function codeOf(error: unknown): ErrorCode {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  return typeof code === "string" ? (code as ErrorCode) : "unavailable";
}
