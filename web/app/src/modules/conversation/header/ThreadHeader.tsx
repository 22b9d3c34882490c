import type { ChatStatus } from "@spotter/chat-client";
import { ArrowLeft, Search } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { Avatar } from "../../../ui/Avatar";
import { classes } from "../../../ui/classes";
import { IconButton } from "../../../ui/IconButton";
import { agoLabel } from "../thread/dates";
import { ConnectionBadge } from "./ConnectionBadge";

export interface Presence {
  online: boolean;
  lastSeenAt: string | null;
}

export interface ThreadHeaderProps {
  peerId: string;
  peerName: string;
  presence: Presence | null;
  typing: boolean;
  status: ChatStatus;
  searching: boolean;
  onReconnect(): void;
  onSearch(): void;
  onBack(): void;
}

export function ThreadHeader(props: ThreadHeaderProps) {
  const { peerId, peerName, presence, typing, status, searching, onReconnect, onSearch, onBack } = props;
  const { t } = useTexts();
  return (
    <header className="flex min-h-16 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-2 py-2 md:px-5">
      <IconButton
        label={t("conversation.backToList")}
        icon={ArrowLeft}
        onClick={onBack}
        className="md:hidden"
      />
      <Avatar id={peerId} name={peerName} online={presence?.online ?? false} size="small" />
      <div className="min-w-0 flex-1">
        <h2 className="truncate text-lg leading-6 font-bold">
          <bdi>{peerName}</bdi>
        </h2>
        <PresenceLine presence={presence} typing={typing} peerName={peerName} />
      </div>
      <div className={classes(status.state !== "connected" && ROW_ON_PHONE)}>
        <ConnectionBadge status={status} onReconnect={onReconnect} />
      </div>
      <IconButton
        label={t("conversation.search")}
        icon={Search}
        aria-expanded={searching}
        onClick={onSearch}
      />
    </header>
  );
}

// A phone has no room for the name and the trouble beside it.
const ROW_ON_PHONE = "max-sm:order-last max-sm:basis-full max-sm:px-2";

function PresenceLine({
  presence,
  typing,
  peerName,
}: Pick<ThreadHeaderProps, "presence" | "typing" | "peerName">) {
  const { t, dateLocale } = useTexts();
  if (typing)
    return (
      <p className="truncate text-sm text-brand">
        {t("conversation.isTyping", { name: firstName(peerName) })}
      </p>
    );
  if (presence?.online) return <p className="truncate text-sm text-ok">{t("conversation.online")}</p>;
  if (!presence?.lastSeenAt) return null;
  const ago = agoLabel(new Date(presence.lastSeenAt), new Date(), dateLocale);
  return <p className="truncate text-sm text-muted">{t("conversation.lastSeen", { ago })}</p>;
}

function firstName(name: string): string {
  return name.trim().split(/\s+/u)[0] ?? name;
}
