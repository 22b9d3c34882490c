import { act } from "react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ANNA, MAYA } from "../../../gallery/cast";
import { onScreen } from "../../../gallery/onScreen";
import { image, rows } from "../../../gallery/rows";
import { openedImage } from "./openedImage";
import { ThreadViewer } from "./ThreadViewer";

const IMAGES = ["a", "b", "c"].map((id) => image(id, `https://files.example/${id}`, 1_200, 800, ""));
const MESSAGES = rows(
  { trainer: MAYA, client: ANNA, me: MAYA },
  IMAGES.map((one, at) => ({ from: ANNA, minutes: 9 - at, attachments: [one], text: `caption ${one.id}` })),
);

describe("the image viewer", () => {
  // Its code comes at first use; here it is there before the first story.
  beforeAll(() => import("./viewer/Viewer"));
  afterEach(() => act(async () => openedImage.set(null)));

  it("turns through all images of the thread, and stops at the ends", async () => {
    const screen = await open("b");
    expect(screen.text()).toContain("2 of 3");
    expect(screen.text()).toContain("caption b");

    await screen.key(screen.find("dialog"), "ArrowRight");
    await screen.key(screen.find("dialog"), "ArrowRight");

    expect(openedImage.get()).toBe("c");
    expect(screen.all("[aria-label='Next image']")).toEqual([]);
  });

  it("zooms by keys, and starts the next image at rest", async () => {
    const screen = await open("a");
    await screen.key(screen.find("dialog"), "+");
    expect(screen.find<HTMLElement>("[data-picture]").style.transform).toContain("scale(1.5)");

    await screen.key(screen.find("dialog"), "ArrowRight");

    expect(screen.find<HTMLElement>("[data-picture]").style.transform).toContain("scale(1)");
  });

  it("closes by Escape, and when its image was deleted", async () => {
    const screen = await open("a");
    await act(
      async () => void screen.find("dialog").dispatchEvent(new Event("cancel", { cancelable: true })),
    );
    expect(openedImage.get()).toBeNull();

    await act(async () => openedImage.set("deleted"));
    expect(screen.all("dialog")).toEqual([]);
  });
});

async function open(id: string) {
  openedImage.set(null);
  const screen = await onScreen(<ThreadViewer messages={MESSAGES} />);
  await act(async () => openedImage.set(id));
  await vi.waitFor(async () => {
    await screen.settle();
    screen.find("dialog");
  });
  return screen;
}
