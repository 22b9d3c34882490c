import type { Attachment, Chat } from "@spotter/chat-client";
import { ChatProvider } from "@spotter/chat-client/react";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { button, press, render, type } from "../../../testing/render";
import type { UploadTray } from "../../media/useUploads";
import { message } from "../thread/fixtures";
import { Composer } from "./Composer";
import type { Context } from "./ContextBar";
import { readDraft } from "./drafts";

const KEY = { meId: "tom", conversationId: "c1" };
const calls = { send: vi.fn(), save: vi.fn(), cancel: vi.fn(), editLast: vi.fn(), typing: vi.fn() };

beforeEach(() => {
  for (const call of Object.values(calls)) call.mockReset();
});

describe("the composer", () => {
  test("sends on Enter and is empty at once", async () => {
    const { field } = await composer();
    await type(field, "  Ready for Monday? ");

    await press(field, "Enter");

    expect(calls.send).toHaveBeenCalledWith("Ready for Monday?", []);
    expect(field.value).toBe("");
    expect(readDraft(KEY)).toBe("");
  });

  test("does not send on Shift+Enter, while composing, or nothing", async () => {
    const { field } = await composer();
    await press(field, "Enter");
    await type(field, "日本");

    await press(field, "Enter", { shiftKey: true });
    await press(field, "Enter", { isComposing: true });
    await type(field, " \n ");
    await press(field, "Enter");

    expect(calls.send).not.toHaveBeenCalled();
  });

  test("keeps what was not sent, and tells that somebody types", async () => {
    const first = await composer();
    await type(first.field, "half a sen");
    await first.unmount();

    const { field } = await composer();

    expect(field.value).toBe("half a sen");
    expect(calls.typing).toHaveBeenCalledOnce();
  });

  test("edits a message and leaves the draft alone", async () => {
    const { field, show } = await composer();
    await type(field, "half a sen");

    await show({ kind: "edit", message: message({ own: true, text: "Tuesday" }) });
    expect(field.value).toBe("Tuesday");
    await type(field, "Wednesday");
    await press(field, "Enter");
    await show(null);

    expect(calls.save).toHaveBeenCalledWith("Wednesday");
    expect(field.value).toBe("half a sen");
  });

  test("gives back what was written for a message that is deleted meanwhile", async () => {
    const edited = message({ own: true, text: "Tuesday" });
    const { field, show } = await composer({ context: { kind: "edit", message: edited } });
    await type(field, "Wednesday");

    await show({ kind: "edit", message: { ...edited, text: null, deletedAt: "2026-03-02T11:00:00Z" } });
    await show(null);

    expect(calls.cancel).toHaveBeenCalled();
    expect(field.value).toBe("Wednesday");
  });

  test("keeps the text of an edit when the message gets a reaction", async () => {
    const edited = message({ own: true, text: "Tuesday" });
    const { field, show } = await composer({ context: { kind: "edit", message: edited } });
    await type(field, "Wednesday");

    await show({ kind: "edit", message: { ...edited, reactions: [{ emoji: "👍", userIds: ["anna"] }] } });

    expect(field.value).toBe("Wednesday");
  });

  test("does not send more than the server takes, and says by how much", async () => {
    const { field, container } = await composer({ limit: 10 });
    await type(field, "0123456789ab");

    await press(field, "Enter");

    expect(calls.send).not.toHaveBeenCalled();
    expect(container.textContent).toContain("2 characters too many");
  });

  test("is not slowed down by a book pasted by mistake", async () => {
    const { field, container } = await composer({ limit: 10 });

    await type(field, "x".repeat(600_000));

    expect(field.value).toHaveLength(40);
    expect(container.textContent).toContain("30 characters too many");
  });

  test("waits for files that are on their way", async () => {
    const { field, container } = await composer({ uploads: tray({ busy: true, take: () => null }) });
    await type(field, "look");
    expect(button(container, "Send")?.disabled).toBe(true);

    await press(field, "Enter");

    expect(calls.send).not.toHaveBeenCalled();
    expect(field.value).toBe("look");
  });

  test("Escape leaves a reply, the up arrow in an empty field edits the last message", async () => {
    const { field } = await composer({ context: { kind: "reply", message: message() } });

    await press(field, "Escape");
    await press(field, "ArrowUp");

    expect(calls.cancel).toHaveBeenCalledOnce();
    expect(calls.editLast).toHaveBeenCalledOnce();
  });
});

interface Shown {
  context?: Context;
  limit?: number;
  uploads?: UploadTray;
}

async function composer({ context = null, limit = 4000, uploads = tray() }: Shown = {}) {
  const never = { get: () => null, subscribe: () => () => {} };
  const chat = { limits: never } as unknown as Chat;
  const element = (context: Context) => (
    <ChatProvider chat={chat}>
      <Composer
        draftKey={KEY}
        peerName="Anna"
        context={context}
        limit={limit}
        uploads={uploads}
        calls={calls}
        onVoice={() => {}}
      />
    </ChatProvider>
  );
  const { container, rerender, unmount } = await render(element(context));
  const field = container.querySelector("textarea");
  if (!field) throw new Error("the composer has no field");
  return { container, field, unmount, show: (next: Context) => rerender(element(next)) };
}

function tray(differing: Partial<UploadTray> = {}): UploadTray {
  const nothing = () => {};
  const take = (): Attachment[] => [];
  return {
    items: [],
    limits: null,
    busy: false,
    filled: false,
    add: nothing,
    remove: nothing,
    retry: nothing,
    clear: nothing,
    take,
    ...differing,
  };
}
