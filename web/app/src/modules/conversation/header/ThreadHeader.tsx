import type { ChatStatus } from "@spotter/chat-client";
import { ArrowLeft, Search } from "lucide-react";
import { type RefObject, useEffect, useRef } from "react";
import { useTexts } from "../../../i18n/useTexts";
import { Avatar } from "../../../ui/Avatar";
import { classes } from "../../../ui/classes";
import { hasFinePointer } from "../../../ui/hasFinePointer";
import { IconButton } from "../../../ui/IconButton";
import { agoLabel } from "../thread/dates";
import { badgeOf } from "./badge";
import { ConnectionBadge } from "./ConnectionBadge";

export interface Presence {
  online: boolean;
  lastSeenAt: string | null;
}

export interface ThreadHeaderProps {
  peerId: string;
  peerName: string;
  presence: Presence | null;
  status: ChatStatus;
  searching: boolean;
  searchButton: RefObject<HTMLButtonElement | null>;
  onReconnect(): void;
  onSearch(): void;
  onBack(): void;
}

export function ThreadHeader(props: ThreadHeaderProps) {
  const { peerId, peerName, presence, status, searching, searchButton, onReconnect, onSearch, onBack } =
    props;
  const { t } = useTexts();
  const heading = useRef<HTMLHeadingElement>(null);
  // On a touch screen the composer does not take the focus (and open the keyboard), so the thread's name does.
  useEffect(() => {
    if (!hasFinePointer()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header className="@container border-b border-line bg-surface">
      <div className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-1 px-2 py-2 md:px-5">
        <IconButton
          label={t("conversation.backToList")}
          icon={ArrowLeft}
          onClick={onBack}
          className="md:hidden"
        />
        <Avatar id={peerId} name={peerName} online={presence?.online ?? false} size="small" />
        <div className="min-w-0 flex-1">
          <h2 ref={heading} tabIndex={-1} className="truncate outline-none text-lg leading-6 font-bold">
            <bdi>{peerName}</bdi>
          </h2>
          <PresenceLine presence={presence} />
        </div>
        <div className={classes(badgeOf(status).reconnect && OWN_ROW)}>
          <ConnectionBadge status={status} onReconnect={onReconnect} />
        </div>
        <IconButton
          ref={searchButton}
          label={t("conversation.search")}
          icon={Search}
          aria-expanded={searching}
          onClick={onSearch}
        />
      </div>
    </header>
  );
}

// A phone, or a tablet beside its list, has no room for the name and the trouble in one row.
const OWN_ROW = "@max-xl:order-last @max-xl:basis-full @max-xl:px-2";

function PresenceLine({ presence }: Pick<ThreadHeaderProps, "presence">) {
  const { t, dateLocale } = useTexts();
  if (presence?.online) return <p className="truncate text-sm text-ok">{t("conversation.online")}</p>;
  if (!presence?.lastSeenAt) return null;
  const ago = agoLabel(new Date(presence.lastSeenAt), new Date(), dateLocale);
  return <p className="truncate text-sm text-muted">{t("conversation.lastSeen", { ago })}</p>;
}
