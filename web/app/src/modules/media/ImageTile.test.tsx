import { act } from "react";
import { describe, expect, it } from "vitest";
import { MAYA } from "../../../gallery/cast";
import { fakeChat } from "../../../gallery/fakeChat";
import { onScreen } from "../../../gallery/onScreen";
import { image } from "../../../gallery/rows";
import { ImageGrid } from "./ImageGrid";
import { openedImage } from "./openedImage";

const FRONT = image("front", "https://files.example/old", 1_200, 800, "");

describe("an image in a bubble", () => {
  it("has its size before anything has loaded", async () => {
    const screen = await onScreen(<ImageGrid images={[FRONT]} />);
    const box = screen.find<HTMLElement>("[style]").style;
    expect([box.width, box.aspectRatio]).toEqual(["320px", "320 / 213"]);
  });

  it("asks for a fresh link once, and says so when that is broken too", async () => {
    const { screen, asked } = await withLinks(
      new Map([["front", { url: "https://files.example/fresh", thumbnailUrl: null }]]),
    );
    await breakImage(screen);
    expect(screen.find<HTMLImageElement>("img").src).toBe("https://files.example/fresh");

    await breakImage(screen);

    expect(asked).toEqual([["front"]]);
    expect(screen.text()).toContain("This image cannot be shown");
  });

  it("is shown after all when somebody tries again and it is there", async () => {
    const links = new Map<string, { url: string; thumbnailUrl: null }>();
    const { screen } = await withLinks(links);
    await breakImage(screen);
    expect(screen.text()).toContain("This image cannot be shown");

    links.set("front", { url: "https://files.example/fresh", thumbnailUrl: null });
    await screen.press("Try again");

    expect(screen.find<HTMLImageElement>("img").src).toBe("https://files.example/fresh");
  });

  it("opens in the viewer, and counts those that have no tile", async () => {
    const many = ["a", "b", "c", "d", "e", "f"].map((id) => ({ ...FRONT, id }));
    const screen = await onScreen(<ImageGrid images={many} />);
    expect(screen.all("img")).toHaveLength(4);
    expect(screen.text()).toContain("+2");

    await screen.press("Open image 2 of 6");

    expect(openedImage.get()).toBe("b");
  });
});

async function withLinks(links: Map<string, { url: string; thumbnailUrl: null }>) {
  const chat = fakeChat({ me: MAYA });
  const asked: string[][] = [];
  chat.api.files.links = async (ids) => {
    asked.push([...ids]);
    return links;
  };
  return { screen: await onScreen(<ImageGrid images={[FRONT]} />, {}, chat), asked };
}

async function breakImage(screen: Awaited<ReturnType<typeof onScreen>>): Promise<void> {
  await act(async () => void screen.find("img").dispatchEvent(new Event("error")));
  await screen.settle();
}
