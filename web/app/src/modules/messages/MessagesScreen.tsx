import type { Me } from "@spotter/chat-client";
import { useChatClient, useStatus } from "@spotter/chat-client/react";
import { MessagesSquare } from "lucide-react";
import { type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { lazyPart } from "../../ui/lazyPart";
import { ConnectionBadge } from "../conversation/header/ConnectionBadge";
import { Unavailable } from "../conversation/thread/Unavailable";
import { NotificationBar } from "../notifications/NotificationBar";
import { RosterPanel } from "../roster/RosterPanel";
import type { RosterTexts } from "../roster/rosterTexts";
import {
  addressOf,
  conversationWith,
  pathOf,
  peerOf,
  type Selection,
  selectionOf,
} from "../roster/selection";
import type { LoadContacts } from "../roster/useContacts";
import { loadThread } from "./loadThread";
import { ThreadLoading } from "./ThreadLoading";
import { useFocusOnReturn } from "./useFocusOnReturn";
import { useRoster } from "./useRoster";

const ThreadPane = lazyPart(() => loadThread().then(({ ThreadPane }) => ThreadPane));

export interface MessagesScreenProps {
  me: Me;
  texts: RosterTexts;
  loadContacts: LoadContacts;
}

/** List on the left, thread on the right; on a phone one at a time. The address says which conversation. */
export function MessagesScreen({ me, texts, loadContacts }: MessagesScreenProps) {
  const { t } = useTexts();
  const [, navigate] = useLocation();
  const selection = selectionOf(me, useSearch());
  const [search, setSearch] = useState("");
  const [goTo, setGoTo] = useState<{ conversationId: string; seq: number } | null>(null);
  const peerId = selection.kind === "conversation" ? selection.peerId : null;
  const roster = useRoster(me, loadContacts, search, peerId);
  // A jump is over once the reader has gone elsewhere: coming back must not repeat it.
  useEffect(() => {
    const here = peerId === null ? null : conversationWith(me, peerId);
    setGoTo((wanted) => (wanted?.conversationId === here ? wanted : null));
  }, [me, peerId]);
  useFocusOnReturn(peerId);
  // The first click on a conversation then has nothing to wait for.
  useEffect(() => void loadThread().catch(() => null), []);
  const back = () => navigate(pathOf(me), { replace: true });

  const jump = useCallback(
    (conversationId: string, seq: number) => {
      const peer = peerOf(me, conversationId);
      if (!peer) return;
      setGoTo({ conversationId, seq });
      if (peer !== peerId) navigate(addressOf(me, peer));
    },
    [me, peerId, navigate],
  );

  return (
    <div className="flex h-full min-h-0">
      {/* A phone that shows a thread hides the list and its heading. */}
      {selection.kind !== "none" && <h1 className="sr-only md:hidden">{t("roster.messages")}</h1>}
      <div
        className={classes("w-full shrink-0 md:w-80 lg:w-90", selection.kind !== "none" && "max-md:hidden")}
      >
        <RosterPanel
          texts={texts}
          lines={roster.lines}
          state={roster.state}
          presences={roster.presences}
          meId={me.id}
          selectedId={peerId}
          search={search}
          connection={selection.kind !== "conversation" && <Connection />}
          notice={<NotificationBar />}
          hrefOf={(id) => addressOf(me, id)}
          onSearch={setSearch}
          onRetry={roster.retry}
          onEnd={roster.loadMore}
        />
      </div>
      <div className={classes("flex min-w-0 flex-1 flex-col", selection.kind === "none" && "max-md:hidden")}>
        <Pane selection={selection} texts={texts} onBack={back}>
          {({ conversationId, peerId }) => (
            <Suspense fallback={<ThreadLoading />}>
              <ThreadPane
                key={conversationId}
                conversationId={conversationId}
                meId={me.id}
                peerId={peerId}
                peerName={roster.nameOf(peerId)}
                presence={roster.presences.get(peerId) ?? null}
                goTo={goTo?.conversationId === conversationId ? goTo : null}
                onJump={jump}
                onBack={back}
              />
            </Suspense>
          )}
        </Pane>
      </div>
    </div>
  );
}

function Connection() {
  const chat = useChatClient();
  return <ConnectionBadge status={useStatus()} onReconnect={() => chat.reconnect()} />;
}

interface PaneProps {
  selection: Selection;
  texts: RosterTexts;
  onBack(): void;
  children(selected: Extract<Selection, { kind: "conversation" }>): ReactNode;
}

function Pane({ selection, texts, onBack, children }: PaneProps) {
  if (selection.kind === "conversation") return children(selection);
  return selection.kind === "unavailable" ? <Unavailable onBack={onBack} /> : <NothingChosen texts={texts} />;
}

function NothingChosen({ texts }: { texts: RosterTexts }) {
  const { t } = useTexts();
  return (
    <div className="flex h-full flex-col items-center justify-center gap-3 p-8 text-center text-muted">
      <MessagesSquare aria-hidden size={44} strokeWidth={1.25} />
      <p>{t(texts.choose)}</p>
    </div>
  );
}
