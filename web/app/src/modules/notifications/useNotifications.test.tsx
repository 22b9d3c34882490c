import type { ChatMessage } from "@spotter/chat-client";
import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ANNA, conversationOf, MAYA } from "../../../gallery/cast";
import { fakeChat } from "../../../gallery/fakeChat";
import { onScreen } from "../../../gallery/onScreen";
import { rows } from "../../../gallery/rows";
import { preferences } from "./preferences";
import { useNotifications } from "./useNotifications";

const [MESSAGE] = rows({ trainer: MAYA, client: ANNA, me: MAYA }, [
  { from: ANNA, minutes: 1, text: "ready for Monday" },
]);

describe("messages in a hidden tab", () => {
  beforeEach(() => {
    FakeNotification.shown = [];
    vi.stubGlobal("Notification", FakeNotification);
    vi.stubGlobal("navigator", { ...navigator, languages: ["en"], locks: undefined });
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    preferences.change({ wanted: true, showText: true });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("are told of with name and text, and open when they are pressed", async () => {
    const { arrive, opened } = await app();
    await arrive(MESSAGE);
    const [shown] = FakeNotification.shown;
    expect([shown?.title, shown?.options.body]).toEqual(["Anna Lindqvist", "ready for Monday"]);

    shown?.press();

    expect(opened).toEqual([conversationOf(MAYA, ANNA)]);
    expect(shown?.closed).toBe(true);
  });

  it("keep their text to themselves when the person chose so", async () => {
    preferences.change({ showText: false });
    const { arrive } = await app();
    await arrive(MESSAGE);
    expect(FakeNotification.shown[0]?.options.body).toBe("New message");
  });

  it("are not told of while the tab is in front of the person", async () => {
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
    const { arrive } = await app();
    await arrive(MESSAGE);
    expect(FakeNotification.shown).toEqual([]);
  });

  it("do no harm where a page may not notify by itself", async () => {
    FakeNotification.refuses = true;
    const { arrive } = await app();
    await arrive(MESSAGE);
    FakeNotification.refuses = false;
    expect(FakeNotification.shown).toEqual([]);
  });
});

describe("the title", () => {
  it("counts what is unread in all conversations", async () => {
    await app(2, 1);
    expect(document.title).toBe("(3) Spotter");
  });
});

class FakeNotification {
  static permission = "granted";
  static shown: FakeNotification[] = [];
  static refuses = false;
  closed = false;
  #onPress = () => {};

  constructor(
    readonly title: string,
    readonly options: NotificationOptions,
  ) {
    if (FakeNotification.refuses) throw new TypeError("Illegal constructor");
    FakeNotification.shown.push(this);
  }

  addEventListener(_type: string, listener: () => void): void {
    this.#onPress = listener;
  }

  press(): void {
    this.#onPress();
  }

  close(): void {
    this.closed = true;
  }
}

async function app(...unread: number[]) {
  const entries = unread.map((count, at) => ({
    conversationId: `c${at}`,
    peerId: ANNA.id,
    position: 1,
    lastMessage: null,
    unread: count,
    readSeq: 0,
    deliveredSeq: 0,
    peerReadSeq: 0,
    peerDeliveredSeq: 0,
    canSend: true,
    typing: false,
  }));
  const chat = fakeChat({ me: MAYA, entries });
  let hear: (message: ChatMessage) => void = () => {};
  chat.onMessage = (listener) => {
    hear = listener;
    return () => {};
  };
  const opened: string[] = [];
  await onScreen(<Notifying onOpen={(id) => opened.push(id)} />, {}, chat);
  return { opened, arrive: (message?: ChatMessage) => act(async () => message && hear(message)) };
}

function Notifying({ onOpen }: { onOpen(id: string): void }) {
  useNotifications({ onOpen });
  return null;
}
