// @vitest-environment happy-dom
import { act, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Chat } from "../src/chat.ts";
import {
  type OpenChat,
  useChat,
  useConversations,
  useMe,
  usePeople,
  usePresence,
} from "../src/react/hooks.ts";
import { ChatProvider } from "../src/react/provider.tsx";
import { browserPerTest, until } from "./kit/browser.ts";
import { ANNA, BEN, TOM, TOM_ANNA, TOM_BEN } from "./kit/people.ts";

const { current } = browserPerTest();
let unmount: () => void = () => {};
afterEach(() => act(() => unmount()));

describe("useChat", () => {
  test("shows the thread of the id it is given, and follows it", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "from Anna");
    server.says(TOM_BEN, BEN, "from Ben");
    const tom = await current().connected(TOM);
    const screen = render(tom, <Texts id={TOM_ANNA} />);
    await screen.shows("from Anna");

    act(() => server.says(TOM_ANNA, ANNA, "again"));
    await screen.shows("from Anna, again");
    screen.again(<Texts id={TOM_BEN} />);

    await screen.shows("from Ben");
  });

  test("answers the same functions from one render to the next", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "1");
    const tom = await current().connected(TOM);
    const seen: OpenChat[] = [];
    const screen = render(tom, <Texts id={TOM_ANNA} onRender={(chat) => seen.push(chat)} />);
    await screen.shows("1");
    act(() => server.says(TOM_ANNA, ANNA, "2"));
    await screen.shows("1, 2");

    for (const name of ["send", "loadOlder", "markRead", "notifyTyping", "reconnect"] as const) {
      expect(new Set(seen.map((chat) => chat[name])).size).toBe(1);
    }
  });
});

describe("the other hooks", () => {
  test("tell who one is, of the list, of names", async () => {
    const { server } = current();
    server.says(TOM_ANNA, ANNA, "1");
    const tom = await current().connected(TOM);

    const screen = render(tom, <Names />);

    await screen.shows("Trainer Anna");
  });

  test("people on several parts of the screen are watched together, and no longer when they are gone", async () => {
    const tom = await current().connected(TOM);
    const watch = vi.spyOn(tom, "watch");
    const screen = await rendered(tom, [<Present key="a" ids={[ANNA]} />, <Present key="b" ids={[BEN]} />]);
    expect(watch).toHaveBeenLastCalledWith([ANNA, BEN]);

    screen.again([<Present key="b" ids={[BEN]} />]);
    await act(async () => {});

    expect(watch).toHaveBeenLastCalledWith([BEN]);
  });
});

function Texts({ id, onRender }: { id: string; onRender?(chat: OpenChat): void }) {
  const chat = useChat({ conversationId: id });
  onRender?.(chat);
  return chat.messages.map(({ text }) => text).join(", ");
}

function Names() {
  const { entries } = useConversations();
  const people = usePeople(entries.map(({ peerId }) => peerId));
  return `${useMe()?.role} ${entries.map(({ peerId }) => people.get(peerId)?.name).join()}`;
}

function Present({ ids }: { ids: string[] }) {
  return usePresence(ids).size;
}

async function rendered(chat: Chat, children: React.ReactNode) {
  const screen = render(chat, children);
  await act(() => new Promise((resolve) => setImmediate(resolve)));
  return screen;
}

function render(chat: Chat, children: React.ReactNode) {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const element = document.createElement("div");
  const root = createRoot(element);
  const again = (next: React.ReactNode): void => {
    act(() =>
      root.render(
        <StrictMode>
          <ChatProvider chat={chat}>{next}</ChatProvider>
        </StrictMode>,
      ),
    );
  };
  unmount = () => root.unmount();
  again(children);
  return {
    again,
    shows: (text: string) =>
      until(async () => {
        await act(async () => {});
        return element.textContent === text;
      }),
  };
}
