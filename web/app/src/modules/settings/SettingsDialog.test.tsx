import { describe, expect, it, vi } from "vitest";
import { ANNA, conversationOf, MAYA } from "../../../gallery/cast";
import { fakeChat } from "../../../gallery/fakeChat";
import { onScreen } from "../../../gallery/onScreen";
import { DataSection } from "./DataSection";
import { PeopleSection } from "./PeopleSection";
import { PrivacySection } from "./PrivacySection";

describe("privacy", () => {
  it("shows a change at once, and takes it back when it was not kept", async () => {
    const chat = fakeChat({ me: MAYA });
    let refuse: (error: unknown) => void = () => {};
    chat.api.me.putSettings = () => new Promise((_, reject) => (refuse = reject));
    const screen = await onScreen(<PrivacySection />, {}, chat);
    const receipts = () => screen.all<HTMLInputElement>("[role=switch]")[1];
    expect(receipts()?.checked).toBe(true);

    receipts()?.click();
    await screen.settle();
    expect(receipts()?.checked).toBe(false);

    refuse(new Error("unavailable"));
    await screen.settle();
    expect(receipts()?.checked).toBe(true);
    expect(screen.find("[role=alert]").textContent).toContain("not saved");
  });

  it("sends both settings, as each change is of the whole", async () => {
    const chat = fakeChat({ me: MAYA, settings: { presence: false, receipts: true } });
    const put = vi.spyOn(chat.api.me, "putSettings");
    const screen = await onScreen(<PrivacySection />, {}, chat);

    screen.all<HTMLInputElement>("[role=switch]")[1]?.click();
    await screen.settle();

    expect(put).toHaveBeenCalledWith({ presence: false, receipts: false });
  });

  it("can be read again where it could not be read", async () => {
    const chat = fakeChat({ me: MAYA });
    chat.api.me.getSettings = vi
      .fn()
      .mockRejectedValueOnce(new Error("unavailable"))
      .mockResolvedValue({ presence: true, receipts: true });
    const screen = await onScreen(<PrivacySection />, {}, chat);
    expect(screen.all("[role=switch]")).toHaveLength(0);

    await screen.press("Try again");

    expect(screen.all("[role=switch]")).toHaveLength(2);
  });
});

describe("people", () => {
  it("are blocked only after a second word, by the call of one's own side", async () => {
    const { screen, chat } = await withAnna(true);
    const block = vi.spyOn(chat.api.trainer, "block");
    await screen.press("Block Anna Lindqvist");
    expect(block).not.toHaveBeenCalled();

    await screen.press("Block");

    expect(block).toHaveBeenCalledWith(ANNA.id);
  });

  it("are unblocked at once", async () => {
    const { screen, chat } = await withAnna(false);
    const unblock = vi.spyOn(chat.api.trainer, "unblock");
    await screen.press("Unblock Anna Lindqvist");
    expect(unblock).toHaveBeenCalledWith(ANNA.id);
  });
});

describe("one's data", () => {
  it("comes as a file, and a failure is said", async () => {
    const chat = fakeChat({ me: MAYA });
    chat.api.me.exportData = () => Promise.reject(new Error("unavailable"));
    const screen = await onScreen(<DataSection />, {}, chat);

    await screen.press("Download my data");

    expect(screen.find("[role=alert]").textContent).toContain("did not work");
  });

  it("is wiped only after a second word", async () => {
    const chat = fakeChat({ me: MAYA });
    const signOut = vi.spyOn(chat, "signOut");
    const screen = await onScreen(<DataSection />, {}, chat);
    await screen.press("Sign out");
    expect(signOut).not.toHaveBeenCalled();

    await screen.press("Sign out");
    await screen.settle();

    expect(signOut).toHaveBeenCalled();
  });
});

async function withAnna(canSend: boolean) {
  const entry = {
    conversationId: conversationOf(MAYA, ANNA),
    peerId: ANNA.id,
    position: 0,
    lastMessage: null,
    unread: 0,
    readSeq: 0,
    deliveredSeq: 0,
    peerReadSeq: 0,
    peerDeliveredSeq: 0,
    canSend,
    typing: false,
  };
  const chat = fakeChat({ me: MAYA, entries: [entry] });
  return { chat, screen: await onScreen(<PeopleSection />, {}, chat) };
}
