import type { ChatStatus, Me } from "@spotter/chat-client";
import { useMe, useStatus } from "@spotter/chat-client/react";
import type { ReactNode } from "react";
import { Redirect, Route, Switch, useLocation, useSearch } from "wouter";
import { useTexts } from "../../i18n/useTexts";
import { useNotifications } from "../notifications/useNotifications";
import { addressOf, pathOf, peerOf, selectionOf } from "../roster/selection";
import { TrainerMessagesView } from "../trainer/TrainerMessagesView";
import { MessagesView } from "../user/MessagesView";
import { Announcer } from "./Announcer";
import { Closed } from "./Closed";
import { MainNavigation } from "./MainNavigation";
import { Starting } from "./Starting";
import { useKeyboardRoom } from "./useKeyboardRoom";

/** Everything around the messages: navigation, who is signed in, announcements. */
export function Shell() {
  const me = useMe();
  const status = useStatus();
  useKeyboardRoom();
  if (isClosed(status, me)) return <Closed status={status} />;
  return me ? <SignedIn me={me} /> : <Starting />;
}

type ErrorStatus = Extract<ChatStatus, { state: "error" }>;

/** Whether there is nothing to show but the reason: nobody is signed in, or never will be with this token. */
function isClosed(status: ChatStatus, me: Me | null): status is ErrorStatus {
  if (status.state !== "error") return false;
  return me === null || status.reason === "signed_out" || status.reason === "revoked";
}

function SignedIn({ me }: { me: Me }) {
  const [, navigate] = useLocation();
  const search = useSearch();
  const reading = selectionOf(me, search).kind !== "none";
  useNotifications({
    onOpen: (conversationId) => {
      const peerId = peerOf(me, conversationId);
      if (peerId) navigate(addressOf(me, peerId));
    },
  });

  return (
    <Frame navigation={<MainNavigation me={me} hiddenOnPhone={reading} />}>
      <Switch>
        <Route path={pathOf(me)}>
          {me.role === "Trainer" ? <TrainerMessagesView me={me} /> : <MessagesView me={me} />}
        </Route>
        <Route>
          <Redirect to={search === "" ? pathOf(me) : `${pathOf(me)}?${search}`} replace />
        </Route>
      </Switch>
      <Announcer me={me} />
    </Frame>
  );
}

function Frame({ navigation, children }: { navigation: ReactNode; children: ReactNode }) {
  const { t } = useTexts();
  return (
    <div className="flex h-[var(--room,100dvh)] flex-col-reverse md:flex-row">
      <a
        href="#content"
        className="absolute top-2 left-2 z-50 -translate-y-20 rounded-control bg-brand px-4 py-2 font-semibold text-on-brand focus:translate-y-0"
      >
        {t("shell.skip")}
      </a>
      {navigation}
      <main id="content" tabIndex={-1} className="min-h-0 min-w-0 flex-1 outline-none">
        {children}
      </main>
    </div>
  );
}
