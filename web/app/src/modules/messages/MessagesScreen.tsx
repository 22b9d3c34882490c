import type { Me } from "@spotter/chat-client";
import { useChatClient, useStatus } from "@spotter/chat-client/react";
import { Suspense, useEffect, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { useTexts } from "../../i18n/useTexts";
import { classes } from "../../ui/classes";
import { LateBoundary } from "../../ui/LateBoundary";
import { lazyPart } from "../../ui/lazyPart";
import { useFocusBack } from "../../ui/useFocusBack";
import { ConnectionBadge } from "../conversation/header/ConnectionBadge";
import { NotificationBar } from "../notifications/NotificationBar";
import { RosterPanel } from "../roster/RosterPanel";
import type { RosterTexts } from "../roster/rosterTexts";
import { addressOf, pathOf, selectionOf } from "../roster/selection";
import type { LoadContacts } from "../roster/useContacts";
import { loadThread } from "./loadThread";
import { Pane } from "./Pane";
import { ThreadLoading } from "./ThreadLoading";
import { useFocusOnReturn } from "./useFocusOnReturn";
import { useJumpTarget } from "./useJumpTarget";
import { useRoster } from "./useRoster";

const SearchPanel = lazyPart(() => import("../search/SearchPanel").then(({ SearchPanel }) => SearchPanel));
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
  const [searching, setSearching] = useState(false);
  const peerId = selection.kind === "conversation" ? selection.peerId : null;
  const roster = useRoster(me, loadContacts, search, peerId);
  const { target, jump } = useJumpTarget(me, peerId);
  const searchButton = useFocusBack(searching);
  useFocusOnReturn(peerId);
  // The first click on a conversation then has nothing to wait for.
  useEffect(() => void loadThread().catch(() => null), []);
  const back = () => navigate(pathOf(me), { replace: true });

  return (
    <div className="flex h-full min-h-0">
      {/* A phone that shows a thread hides the list and its heading. */}
      {selection.kind !== "none" && <h1 className="sr-only md:hidden">{t("roster.messages")}</h1>}
      <div
        className={classes("w-full shrink-0 md:w-80 lg:w-90", selection.kind !== "none" && "max-md:hidden")}
      >
        {searching && (
          <LateBoundary onClose={() => setSearching(false)}>
            <div className="h-full border-r border-line">
              <SearchPanel onJump={jump} onClose={() => setSearching(false)} />
            </div>
          </LateBoundary>
        )}
        {/* Hidden rather than gone, so that closing the search finds the list where it was. */}
        <div className={classes("h-full", searching && "hidden")}>
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
            onSearchMessages={() => setSearching(true)}
            searchButton={searchButton}
            onRetry={roster.retry}
            onEnd={roster.loadMore}
          />
        </div>
      </div>
      <div className={classes("flex min-w-0 flex-1 flex-col", selection.kind === "none" && "max-md:hidden")}>
        <Pane selection={selection} texts={texts} onBack={back}>
          {({ conversationId, peerId }) => (
            <LateBoundary onClose={back}>
              <Suspense fallback={<ThreadLoading />}>
                <ThreadPane
                  key={conversationId}
                  conversationId={conversationId}
                  meId={me.id}
                  peerId={peerId}
                  peerName={roster.nameOf(peerId)}
                  presence={roster.presences.get(peerId) ?? null}
                  goTo={target?.conversationId === conversationId ? target : null}
                  onJump={jump}
                  onBack={back}
                />
              </Suspense>
            </LateBoundary>
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
