import type { ChatStatus } from "@spotter/chat-client";
import { useChatClient } from "@spotter/chat-client/react";
import { host } from "../../host";
import { useTexts } from "../../i18n/useTexts";
import { Button } from "../../ui/Button";
import { badgeOf } from "../conversation/header/badge";
import { Logo } from "./Logo";

/** Signed out, or refused for good: why, and what to do. */
export function Closed({ status }: { status: Extract<ChatStatus, { state: "error" }> }) {
  const { t } = useTexts();
  const chat = useChatClient();
  const { detail } = badgeOf(status);
  const leave = host().signOut;
  return (
    <main
      id="content"
      className="flex h-[var(--room,100dvh)] flex-col items-center justify-center gap-4 p-8 text-center"
    >
      <Logo className="size-16" />
      <h1 className="text-xl font-bold">{t("shell.closed")}</h1>
      <p role="status" data-testid="connection" className="max-w-sm text-muted">
        {detail && t(detail)}
      </p>
      <div className="flex gap-2">
        <Button onClick={() => chat.reconnect()}>{t("badge.reconnect")}</Button>
        {leave && (
          <Button variant="primary" onClick={() => leave()}>
            {t("shell.signIn")}
          </Button>
        )}
      </div>
    </main>
  );
}
