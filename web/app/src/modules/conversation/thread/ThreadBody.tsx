import type { ThreadView } from "@spotter/chat-client";
import { type ReactNode, useState } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { LoadFailed } from "./LoadFailed";
import { LoadingMessages } from "./LoadingMessages";
import { MessageList, type ThreadCalls } from "./MessageList";
import type { RowActions } from "./rowActions";

export interface ThreadBodyProps {
  view: ThreadView;
  meId: string;
  peerName: string;
  calls: ThreadCalls;
  actions: Omit<RowActions, "jump" | "expand">;
  goTo: { seq: number } | null;
}

/** The messages, or what stands in their place: loading, failed, none yet. */
export function ThreadBody(props: ThreadBodyProps) {
  const { view, peerName, calls, actions } = props;
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const expand = (id: string, on: boolean) =>
    setExpanded((before) => new Set(on ? [...before, id] : [...before].filter((other) => other !== id)));

  if (view.messages.length > 0) {
    return <MessageList {...props} actions={{ ...actions, expand }} expanded={expanded} />;
  }
  if (view.error)
    return (
      <Centered>
        <LoadFailed onRetry={calls.jumpToEnd} />
      </Centered>
    );
  return view.loading === null ? <NoMessages peerName={peerName} /> : <LoadingMessages />;
}

function Centered({ children }: { children: ReactNode }) {
  return <div className="flex min-h-0 flex-1 overflow-y-auto">{children}</div>;
}

function NoMessages({ peerName }: { peerName: string }) {
  const { t } = useTexts();
  return (
    <Centered>
      <div className="m-auto max-w-sm p-8 text-center">
        <p aria-hidden className="mb-4 text-emoji">
          👋
        </p>
        <p className="text-lg font-bold">
          <bdi>{t("conversation.empty.title", { name: peerName })}</bdi>
        </p>
        <p className="mt-1 text-muted">{t("conversation.empty.text")}</p>
      </div>
    </Centered>
  );
}
