import type { Attachment } from "@spotter/chat-client";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { UploadTray } from "../../media/useUploads";
import { scalarCount, sendableText } from "../text/calmText";
import type { Context } from "./ContextBar";
import type { DraftKey } from "./drafts";
import { intentOf } from "./keys";
import { useDraft } from "./useDraft";

export interface ComposerCalls {
  send(text: string, attachments: Attachment[]): void;
  save(text: string): void;
  cancel(): void;
  editLast(): void;
  typing(): void;
}

/** A book pasted by mistake would make every key slow; what is kept still says that it is too much. */
const FAR_BEYOND = 4;

/** The composer's text and what its keys do to it. */
export function useComposer(
  draftKey: DraftKey,
  context: Context,
  limit: number,
  uploads: UploadTray,
  calls: ComposerCalls,
) {
  const [draft, setDraft] = useDraft(draftKey);
  const [edited, setEdited] = useEditedText(context);
  const editing = context?.kind === "edit";
  const value = editing ? edited : draft;
  const left = remaining(value, limit);
  const filled = sendableText(value) !== "" || (!editing && uploads.filled);
  const sendable = filled && left >= 0 && (editing || !uploads.busy);

  useDeletedMeanwhile(context, () => {
    if (editing && edited !== "") setDraft(draft === "" ? edited : `${draft}\n${edited}`);
    calls.cancel();
  });

  const change = (typed: string) => {
    const text = typed.slice(0, limit * FAR_BEYOND);
    if (editing) return setEdited(text);
    setDraft(text);
    if (text.trim() !== "") calls.typing();
  };

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (!sendable) return;
    if (editing) return calls.save(sendableText(value));
    const attachments = uploads.take();
    if (!attachments) return;
    setDraft("");
    calls.send(sendableText(value), attachments);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const intent = intentOf(event.nativeEvent, value === "");
    if (!intent || (intent === "cancel" && !context)) return;
    event.preventDefault();
    if (intent === "send") submit();
    else if (intent === "cancel") calls.cancel();
    else calls.editLast();
  };

  return { value, left, sendable, editing, change, submit, onKeyDown };
}

/** There is nothing left to edit or to answer then; what was written for it must not be lost. */
function useDeletedMeanwhile(context: Context, then: () => void): void {
  const deleted = context?.message.deletedAt ? context.message.id : null;
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (deleted !== null && told.current !== deleted) then();
    told.current = deleted;
  }, [deleted, then]);
}

/** An edit begins with the message's text and leaves the draft alone. */
function useEditedText(context: Context): [string, (text: string) => void] {
  const message = context?.kind === "edit" ? context.message : null;
  const [text, setText] = useState("");
  const begun = useRef<string | null>(null);
  useEffect(() => {
    // A receipt or a reaction makes another object of the message; the text being written stays.
    if (message && begun.current !== message.id) setText(message.text ?? "");
    begun.current = message?.id ?? null;
  }, [message]);
  return [text, setText];
}

/** Characters left as the server counts them; counted only near the limit. */
function remaining(text: string, limit: number): number {
  return text.length < limit * 0.9 ? limit : limit - scalarCount(text);
}
