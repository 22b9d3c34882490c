import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MAYA } from "../../../gallery/cast";
import { fakeChat } from "../../../gallery/fakeChat";
import { onScreen } from "../../../gallery/onScreen";
import { voice } from "../../../gallery/rows";
import { playback } from "./playback";
import { VoicePlayer } from "./VoicePlayer";

describe("a voice message", () => {
  beforeEach(() => {
    URL.createObjectURL = () => "blob:silence";
  });
  afterEach(() => vi.restoreAllMocks());

  it("asks for a fresh link before it plays one whose time is over", async () => {
    const play = vi.spyOn(playback, "play").mockReturnValue();
    const chat = fakeChat({ me: MAYA });
    chat.api.files.links = async () =>
      new Map([["v", { url: "https://files.example/fresh", thumbnailUrl: null }]]);
    const stale = { ...voice("v", 37_000, 1), url: "https://files.example/old?exp=1000&sig=x" };
    const screen = await onScreen(<VoicePlayer attachment={stale} own={false} />, {}, chat);

    await screen.press("Play voice message, 0:37");
    await screen.settle();

    expect(play).toHaveBeenCalledWith("v", "https://files.example/fresh");
  });

  it("tells its position in words, and is moved by its slider", async () => {
    const play = vi.spyOn(playback, "play").mockReturnValue();
    const screen = await onScreen(<VoicePlayer attachment={voice("v", 37_000, 1)} own />);
    const slider = screen.find<HTMLInputElement>("input[type=range]");
    expect(slider.getAttribute("aria-valuetext")).toBe("0:00 of 0:37");
    expect(slider.max).toBe("37");

    await screen.type("input[type=range]", "12");

    expect(play).toHaveBeenCalledWith("v", "blob:silence", 12);
  });

  it("draws a bar for each level", async () => {
    const screen = await onScreen(<VoicePlayer attachment={voice("v", 37_000, 1)} own />);
    expect(screen.all("rect")).toHaveLength(64);
  });
});
