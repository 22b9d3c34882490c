import type { ChatMessage } from "@spotter/chat-client";
import { useState } from "react";
import { LateBoundary } from "../../ui/LateBoundary";
import { lazyPart } from "../../ui/lazyPart";
import { useFocusBack } from "../../ui/useFocusBack";
import { DropZone } from "../media/DropZone";
import { ThreadViewer } from "../media/ThreadViewer";
import { useUploads } from "../media/useUploads";
import { ComposerArea } from "./composer/ComposerArea";
import type { Context } from "./composer/ContextBar";
import { type Presence, ThreadHeader } from "./header/ThreadHeader";
import { ChangeFailed } from "./thread/ChangeFailed";
import { DeleteDialog } from "./thread/DeleteDialog";
import { MessageMenu } from "./thread/MessageMenu";
import { ThreadBody } from "./thread/ThreadBody";
import { Unavailable } from "./thread/Unavailable";
import { useConversation } from "./useConversation";

const SearchPanel = lazyPart(() => import("../search/SearchPanel").then(({ SearchPanel }) => SearchPanel));

export interface ThreadPaneProps {
  conversationId: string;
  meId: string;
  peerId: string;
  /** Null until it is known. */
  peerName: string | null;
  presence: Presence | null;
  goTo: { seq: number } | null;
  onJump(conversationId: string, seq: number): void;
  onBack(): void;
}

/** One conversation. Mounted anew for each, so that nothing of one shows in another. */
export function ThreadPane({
  conversationId,
  meId,
  peerId,
  peerName,
  presence,
  goTo,
  onJump,
  onBack,
}: ThreadPaneProps) {
  const conversation = useConversation(conversationId);
  const uploads = useUploads(conversationId);
  const [context, setContext] = useState<Context>(null);
  const [menu, setMenu] = useState<{ message: ChatMessage; anchor: HTMLElement } | null>(null);
  const [deleting, setDeleting] = useState<ChatMessage | null>(null);
  const [searching, setSearching] = useState(false);
  const searchButton = useFocusBack(searching);
  const { view } = conversation;
  const name = peerName ?? "…";

  if (view.error?.code === "not_found") return <Unavailable onBack={onBack} />;

  const reply = (message: ChatMessage) => view.canSend && setContext({ kind: "reply", message });
  const actions = {
    openMenu: (message: ChatMessage, anchor: HTMLElement) => setMenu({ message, anchor }),
    reply,
    react: conversation.react,
    retry: conversation.retry,
    discard: conversation.discard,
  };

  return (
    <DropZone onFiles={uploads.add} disabled={!view.canSend}>
      <div className="relative flex h-full min-h-0">
        <div className="flex min-w-0 flex-1 flex-col">
          <ThreadHeader
            peerId={peerId}
            peerName={name}
            presence={presence}
            status={conversation.status}
            searching={searching}
            searchButton={searchButton}
            onReconnect={conversation.reconnect}
            onSearch={() => setSearching(!searching)}
            onBack={onBack}
          />
          <ThreadBody
            view={view}
            meId={meId}
            peerName={name}
            calls={conversation.calls}
            actions={actions}
            goTo={goTo}
          />
          {conversation.failed !== null && (
            <ChangeFailed error={conversation.failed} onDismiss={conversation.dismiss} />
          )}
          <ComposerArea
            draftKey={{ meId, conversationId }}
            conversation={conversation}
            peerName={name}
            context={context}
            onContext={setContext}
            uploads={uploads}
          />
        </div>
        {searching && (
          <aside className="absolute inset-y-0 right-0 z-10 w-full border-l border-line bg-surface max-lg:shadow-raised sm:w-96 lg:static lg:w-80 xl:w-96">
            <LateBoundary onClose={() => setSearching(false)}>
              <SearchPanel
                conversationId={conversationId}
                onJump={(id, seq) => {
                  onJump(id, seq);
                  // Over the thread it would hide what was found.
                  if (!window.matchMedia("(min-width: 64rem)").matches) setSearching(false);
                }}
                onClose={() => setSearching(false)}
              />
            </LateBoundary>
          </aside>
        )}
      </div>
      <ThreadViewer messages={view.messages} />
      {menu && (
        <MessageMenu
          message={menu.message}
          anchor={menu.anchor}
          meId={meId}
          writable={view.canSend}
          editable={view.canSend && conversation.editable(menu.message)}
          onReact={(emoji, on) => conversation.react(menu.message, emoji, on)}
          onReply={() => reply(menu.message)}
          onEdit={() => setContext({ kind: "edit", message: menu.message })}
          onDelete={() => setDeleting(menu.message)}
          onClose={() => setMenu(null)}
        />
      )}
      {deleting && (
        <DeleteDialog
          message={deleting}
          onDelete={() => conversation.remove(deleting)}
          onClose={() => setDeleting(null)}
        />
      )}
    </DropZone>
  );
}
