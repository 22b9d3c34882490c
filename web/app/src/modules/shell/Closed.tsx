import type { ChatStatus } from "@spotter/chat-client";
import { host } from "../../host";
import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import { badgeOf } from "../conversation/header/badge";
import { ConnectionBadge } from "../conversation/header/ConnectionBadge";
import { Logo } from "./Logo";

/** Signed out, or refused for good: why, and what to do. */
export function Closed({ status }: { status: Extract<ChatStatus, { state: "error" }> }) {
  const { t } = useTexts();
  const { detail } = badgeOf(status);
  const leave = host().signOut;
  return (
    <main
      id="content"
      className="flex h-[var(--room,100dvh)] flex-col items-center justify-center gap-4 p-8 text-center"
    >
      <Logo className="size-16" />
      <h1 className="text-xl font-bold">{t("shell.closed")}</h1>
      <p className="max-w-sm text-muted">{detail && t(detail)}</p>
      {/* Everything of the person may be gone by now, so that only the whole page can begin again. */}
      <ConnectionBadge status={status} onReconnect={() => window.location.reload()} />
      {leave && (
        <Button variant="primary" onClick={() => leave()} className="mt-2">
          {t("shell.signIn")}
        </Button>
      )}
    </main>
  );
}
