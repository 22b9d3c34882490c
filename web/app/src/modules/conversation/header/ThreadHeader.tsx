import type { ChatStatus } from "@spotter/chat-client";
import { ArrowLeft, Search } from "lucide-react";
import { useTexts } from "../../../i18n/useTexts";
import { Avatar } from "../../../ui/Avatar";
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
    <header className="flex min-h-16 items-center gap-3 border-b border-line bg-surface px-2 py-2 md:px-5">
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
      <ConnectionBadge status={status} onReconnect={onReconnect} />
      <IconButton
        label={t("conversation.search")}
        icon={Search}
        aria-expanded={searching}
        onClick={onSearch}
      />
    </header>
  );
}

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
