import type { ChatMessage, Me } from "@spotter/chat-client";
import { useChatClient } from "@spotter/chat-client/react";
import { useEffect, useRef, useState } from "react";
import { useSearch } from "wouter";
import { useTexts } from "../../i18n/useTexts";
import { calmText } from "../conversation/text/calmText";
import { previewOf } from "../conversation/thread/preview";
import { selectionOf } from "../roster/selection";

/** Tells a screen reader of new messages: the text of those in the open thread, the sender of the others. */
export function Announcer({ me }: { me: Me }) {
  const { t } = useTexts();
  const chat = useChatClient();
  const selection = selectionOf(me, useSearch());
  const openId = selection.kind === "conversation" ? selection.conversationId : null;
  const [said, setSaid] = useState("");

  const announce = (message: ChatMessage) => {
    if (message.own) return;
    chat.requestPeople([message.senderId]);
    const name = chat.people.get().get(message.senderId)?.name ?? t("conversation.someone");
    const text = calmText(previewOf(message, t));
    setSaid(
      message.conversationId === openId
        ? t("announce.message", { name, text })
        : t("announce.elsewhere", { name }),
    );
  };
  const latest = useRef(announce);
  useEffect(() => {
    latest.current = announce;
  });
  useEffect(() => chat.onMessage((message) => latest.current(message)), [chat]);

  return (
    <p aria-live="polite" data-testid="announcer" className="sr-only">
      {said}
    </p>
  );
}
