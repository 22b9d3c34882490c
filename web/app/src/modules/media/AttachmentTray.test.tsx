import { act } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { MAYA } from "../../../gallery/cast";
import { fakeChat } from "../../../gallery/fakeChat";
import { onScreen } from "../../../gallery/onScreen";
import { AttachmentTray } from "./AttachmentTray";
import { type UploadTray, useUploads } from "./useUploads";

describe("the tray over the text field", () => {
  beforeEach(() => {
    URL.createObjectURL = () => "blob:preview";
    URL.revokeObjectURL = () => {};
  });

  it("shows how far a file is, and cancels it", async () => {
    const { screen, tray, signals } = await open();
    await act(async () => tray().add([png("a.png")]));
    expect(screen.find("[role=progressbar]").getAttribute("aria-valuenow")).toBe("40");
    expect(tray().busy).toBe(true);

    await screen.press("Cancel the upload of a.png");

    expect(signals[0]?.aborted).toBe(true);
    expect(tray().items).toEqual([]);
  });

  it("explains what cannot be sent, and what can", async () => {
    const { screen, tray } = await open();
    await act(async () => tray().add([new File(["x"], "clip.mov", { type: "video/quicktime" })]));

    expect(screen.find("[role=alert]").textContent).toBe(
      "clip.mov cannot be sent. These can: JPEG, PNG, WEBP, and PDF.",
    );
  });

  it("offers to try again what failed", async () => {
    const { screen, tray, fail } = await open();
    await act(async () => tray().add([png("a.png")]));
    await act(async () => fail({ code: "rate_limited" }));
    expect(screen.find("[role=alert]").textContent).toContain("Try a.png again in a minute");

    await screen.press("Upload a.png again");

    expect(screen.all("[role=progressbar]")).toHaveLength(1);
  });

  it("keeps the files, and uploads on, while another conversation is looked at", async () => {
    const { chat, screen, tray, signals } = await open();
    await act(async () => tray().add([png("a.png"), png("b.png")]));

    await screen.leave();
    const latest = vi.fn<(tray: UploadTray) => void>();
    await onScreen(<Composer conversationId="other" onTray={latest} />, {}, chat);
    expect(latest.mock.lastCall?.[0].items).toEqual([]);
    await onScreen(<Composer conversationId="one" onTray={latest} />, {}, chat);

    expect(signals.map((it) => it?.aborted)).toEqual([false, false]);
    expect(latest.mock.lastCall?.[0].items.map(({ name }) => name)).toEqual(["a.png", "b.png"]);
  });

  it("lets a message go without what was refused, and offers no second try of it", async () => {
    const { screen, tray, fail } = await open();
    await act(async () => tray().add([png("fake.png")]));
    expect([tray().busy, tray().filled]).toEqual([true, true]);

    await act(async () => fail({ code: "unsupported_media_type" }));

    expect([tray().busy, tray().filled]).toEqual([false, false]);
    expect(screen.find("[role=alert]").textContent).toContain("could not be read");
    expect(screen.all("[aria-label='Upload fake.png again']")).toEqual([]);
    expect(tray().take()).toEqual([]);
  });

  it("shows a file that only calls itself a picture as a file", async () => {
    const { screen, tray } = await open();
    await act(async () => tray().add([png("fake.png")]));

    await act(async () => void screen.find("img").dispatchEvent(new Event("error")));

    expect(screen.all("img")).toEqual([]);
    expect(screen.find("bdi").textContent).toBe("fake.png");
  });
});

async function open() {
  const chat = fakeChat({ me: MAYA });
  const signals: (AbortSignal | undefined)[] = [];
  let fail: (error: unknown) => void = () => {};
  chat.api.files.uploadFile = (_file, options) => {
    signals.push(options?.signal);
    options?.onProgress?.(0.4);
    return new Promise((_, reject) => {
      fail = reject;
    });
  };
  const latest = vi.fn<(tray: UploadTray) => void>();
  const screen = await onScreen(<Composer conversationId="one" onTray={latest} />, {}, chat);
  const tray = () => latest.mock.lastCall?.[0] as UploadTray;
  return { chat, screen, tray, signals, fail: (error: unknown) => fail(error) };
}

interface ComposerProps {
  conversationId: string;
  onTray(tray: UploadTray): void;
}

function Composer({ conversationId, onTray }: ComposerProps) {
  const tray = useUploads(conversationId);
  onTray(tray);
  return <AttachmentTray uploads={tray} />;
}

function png(name: string): File {
  return new File(["pixels"], name, { type: "image/png" });
}
