import { useLimits } from "@spotter/chat-client/react";
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

  it("cancels everything when the conversation is left", async () => {
    const { screen, tray, signals } = await open();
    await act(async () => tray().add([png("a.png"), png("b.png")]));

    await screen.leave();

    expect(signals.map((it) => it?.aborted)).toEqual([true, true]);
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
  const screen = await onScreen(<Composer onTray={latest} />, {}, chat);
  const tray = () => latest.mock.lastCall?.[0] as UploadTray;
  return { screen, tray, signals, fail: (error: unknown) => fail(error) };
}

function Composer({ onTray }: { onTray(tray: UploadTray): void }) {
  const tray = useUploads(useLimits());
  onTray(tray);
  return <AttachmentTray uploads={tray} />;
}

function png(name: string): File {
  return new File(["pixels"], name, { type: "image/png" });
}
