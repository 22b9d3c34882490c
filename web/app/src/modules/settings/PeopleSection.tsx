import type { ConversationLine } from "@spotter/chat-client";
import { useApi, useConversations, useMe, usePeople } from "@spotter/chat-client/react";
import { useMemo, useState } from "react";
import { useTexts } from "../../i18n/useTexts";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Section } from "./Section";

/** Who may write to this person. */
export function PeopleSection() {
  const { t } = useTexts();
  const { entries } = useConversations();
  const people = usePeople(useMemo(() => entries.map(({ peerId }) => peerId), [entries]));
  if (entries.length === 0) return null;
  return (
    <Section title={t("settings.people")}>
      <details>
        <summary className="font-medium">{t("settings.people.open")}</summary>
        <p className="pt-1 pb-2 text-muted text-sm">{t("settings.people.about")}</p>
        <ul className="flex flex-col gap-1">
          {entries.map((entry) => (
            <PersonRow key={entry.conversationId} entry={entry} name={people.get(entry.peerId)?.name ?? ""} />
          ))}
        </ul>
      </details>
    </Section>
  );
}

function PersonRow({ entry: { peerId, canSend }, name }: { entry: ConversationLine; name: string }) {
  const { t } = useTexts();
  const me = useMe();
  const api = useApi();
  const [sure, setSure] = useState(false);
  const [state, setState] = useState<"still" | "busy" | "failed">("still");
  const calls = me?.role === "Trainer" ? api.trainer : api.user;

  const change = async (block: boolean) => {
    setState("busy");
    setSure(false);
    try {
      await (block ? calls.block(peerId) : calls.unblock(peerId));
      setState("still");
    } catch {
      setState("failed");
    }
  };

  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1">
      <Avatar id={peerId} name={name} size="small" />
      <bdi className="min-w-0 flex-1 truncate">{name}</bdi>
      {sure ? (
        <span className="flex gap-1">
          <Button onClick={() => setSure(false)}>{t("settings.keep")}</Button>
          <Button variant="danger" autoFocus onClick={() => void change(true)}>
            {t("settings.blockSure")}
          </Button>
        </span>
      ) : (
        <Button
          disabled={state === "busy"}
          aria-label={t(canSend ? "settings.blockPerson" : "settings.unblockPerson", { name })}
          onClick={() => (canSend ? setSure(true) : void change(false))}
        >
          {t(canSend ? "settings.block" : "settings.unblock")}
        </Button>
      )}
      {sure && <p className="w-full text-muted text-sm">{t("settings.block.about", { name })}</p>}
      {state === "failed" && (
        <p role="alert" className="w-full text-danger text-sm">
          {t("settings.unkept")}
        </p>
      )}
    </li>
  );
}
