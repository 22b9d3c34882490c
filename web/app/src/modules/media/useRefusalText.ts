import type { ErrorCode, Limits } from "@spotter/chat-client";
import { type Translate, useTexts } from "../../i18n/useTexts";
import type { Refusal } from "./limits";
import { sizeText } from "./sizes";
import type { UploadItem } from "./uploads";

/** Why a file cannot go, and what would help. */
export function useRefusalText(item: UploadItem, limits: Limits | null): string {
  const { t, dateLocale } = useTexts();
  const { state, name } = item;
  if (state.step === "refused") {
    return refusalText(state.refusal, {
      t,
      name,
      kinds: kindsOf(limits, dateLocale),
      locale: dateLocale,
      size: item.size,
    });
  }
  if (state.step !== "failed") return "";
  return t(state.code === "rate_limited" ? "media.failed.often" : "media.failed.network", { name });
}

interface Words {
  t: Translate;
  name: string;
  kinds: string;
  locale: string;
  size: number;
}

/** What the server found, in words. */
function serverText(code: ErrorCode, name: string, t: Translate): string {
  if (code === "payload_too_large") return t("media.failed.large", { name });
  if (code === "read_only" || code === "forbidden") return t("media.failed.closed", { name });
  return t("media.failed.unreadable", { name });
}

function refusalText(refusal: Refusal, { t, name, kinds, locale, size }: Words): string {
  switch (refusal.reason) {
    case "type":
      return t("media.refused.type", { name, kinds });
    case "server":
      return serverText(refusal.code, name, t);
    case "empty":
      return t("media.refused.empty", { name });
    case "count":
      return t("media.refused.count", { name, count: refusal.limit });
    case "bytes":
      return t("media.refused.bytes", {
        name,
        size: sizeText(size, locale),
        limit: sizeText(refusal.limit, locale),
      });
  }
}

/** "JPEG, PNG, WEBP and PDF", in the reader's language. */
function kindsOf(limits: Limits | null, locale: string): string {
  const types = limits?.uploads.flatMap((uploads) => uploads.types) ?? [];
  const kinds = types
    .filter((type) => !type.startsWith("audio/"))
    .map((type) => type.split("/")[1]?.toUpperCase() ?? type);
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(kinds);
}
