import { describe, expect, test, vi } from "vitest";
import { button, click, render, type } from "../../testing/render";
import type { Line } from "./lines";
import { RosterPanel, type RosterPanelProps } from "./RosterPanel";

const anna: Line = {
  peerId: "anna",
  conversationId: "conversation:tom:anna",
  name: "Anna Keller",
  conversation: null,
};

describe("the list", () => {
  test("shows skeletons while it loads", async () => {
    const { container } = await panel({ state: "loading" });

    expect(container.querySelector("[data-testid=roster-loading][aria-busy=true]")).not.toBeNull();
  });

  test("says that there are no clients", async () => {
    const { container } = await panel({ state: "ready" });

    expect(container.textContent).toContain("No clients found");
  });

  test("says that nobody matches a search, in the reader's words", async () => {
    const { container } = await panel({ state: "ready", search: " <b>zoe</b> " });

    expect(container.textContent).toContain("Nobody here matches “<b>zoe</b>”.");
  });

  test("offers to try again when it could not be loaded", async () => {
    const onRetry = vi.fn();
    const { container } = await panel({ state: "failed", onRetry });

    await click(button(container, "Try again"));

    expect(container.querySelector("[role=alert]")?.textContent).toContain("could not be loaded");
    expect(onRetry).toHaveBeenCalledOnce();
  });

  test("keeps showing people when the next answer fails", async () => {
    const { container } = await panel({ state: "failed", lines: [anna] });

    expect(container.textContent).toContain("Anna Keller");
    expect(button(container, "Try again")).toBeDefined();
  });

  test("links to each conversation and marks the open one", async () => {
    const { container } = await panel({ lines: [anna], selectedId: "anna" });

    const link = container.querySelector("a[data-peer=anna]");

    expect(link?.getAttribute("href")).toBe("/trainer/messages?client=anna");
    expect(link?.getAttribute("aria-current")).toBe("page");
  });

  test("tells what is searched for", async () => {
    const onSearch = vi.fn();
    const { container } = await panel({ onSearch });
    const field = container.querySelector<HTMLInputElement>("input[type=search]");

    if (field) await type(field, "ann");

    expect(onSearch).toHaveBeenCalledWith("ann");
  });
});

function panel(differing: Partial<RosterPanelProps>) {
  const nothing = () => {};
  return render(
    <RosterPanel
      texts={{
        title: "clients.title",
        search: "clients.search",
        failed: "clients.failed",
        none: "clients.none",
        noneHint: "clients.noneHint",
        choose: "clients.choose",
      }}
      lines={[]}
      state="ready"
      presences={new Map()}
      meId="tom"
      selectedId={null}
      search=""
      connection={null}
      notice={null}
      hrefOf={(id) => `/trainer/messages?client=${id}`}
      onSearch={nothing}
      onSearchMessages={nothing}
      searchButton={{ current: null }}
      onRetry={nothing}
      onEnd={nothing}
      {...differing}
    />,
  );
}
