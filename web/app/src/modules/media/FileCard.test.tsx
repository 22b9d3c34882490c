import { act } from "react";
import { describe, expect, it, vi } from "vitest";
import { MAYA } from "../../../gallery/cast";
import { fakeChat } from "../../../gallery/fakeChat";
import { onScreen } from "../../../gallery/onScreen";
import { pdf } from "../../../gallery/rows";
import { FileCard } from "./FileCard";

describe("a document", () => {
  it("says what it is, and hostile names stay names", async () => {
    const screen = await onScreen(<FileCard attachment={pdf("p", "<img src=x>.pdf", 248_320)} own={false} />);
    expect(screen.find("a").textContent).toBe("Download<img src=x>.pdf248 kB");
    expect(screen.all("a img")).toEqual([]);
  });

  it("comes by a fresh link where the old one's time is over", async () => {
    const chat = fakeChat({ me: MAYA });
    const asked = vi.fn(
      async () => new Map([["p", { url: "https://files.example/fresh", thumbnailUrl: null }]]),
    );
    chat.api.files.links = asked;
    const stale = { ...pdf("p", "plan.pdf", 1), url: "https://files.example/old?exp=1000&sig=x" };
    const screen = await onScreen(<FileCard attachment={stale} own={false} />, {}, chat);
    const followed = vi.spyOn(HTMLAnchorElement.prototype, "click").mockReturnValue();
    const click = new MouseEvent("click", { bubbles: true, cancelable: true });

    await act(async () => void screen.find("a").dispatchEvent(click));
    await screen.settle();

    expect(click.defaultPrevented).toBe(true);
    expect(asked).toHaveBeenCalledWith(["p"]);
    expect(followed).toHaveBeenCalledOnce();
    expect(screen.find<HTMLAnchorElement>("a").href).toBe("https://files.example/fresh");
  });
});
