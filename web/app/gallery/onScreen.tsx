import { I18nProvider } from "@lingui/react";
import type { Chat } from "@spotter/chat-client";
import { ChatProvider } from "@spotter/chat-client/react";
import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { i18n, startI18n } from "../src/i18n/i18n";
import { MAYA } from "./cast";
import { fakeChat, type Scene } from "./fakeChat";

/** A component on a page of its own, as a unit test looks at it: by the names that people hear and read. */
export interface Screen {
  chat: Chat;
  text(): string;
  /** By its label, else by its words; fails when there is none. */
  button(name: string | RegExp): HTMLButtonElement;
  find<E extends Element>(selector: string): E;
  all<E extends Element>(selector: string): E[];
  press(name: string | RegExp): Promise<void>;
  type(selector: string, text: string): Promise<void>;
  key(element: Element, key: string): Promise<void>;
  /** Lets promises that are due come through. */
  settle(): Promise<void>;
  leave(): Promise<void>;
}

/** Renders `ui` with a fake chat, English texts and no server. */
export async function onScreen(
  ui: ReactNode,
  scene: Partial<Scene> = {},
  chat = fakeChat({ me: MAYA, ...scene }),
): Promise<Screen> {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  await startI18n("en");
  const container = document.body.appendChild(document.createElement("div"));
  const root = createRoot(container);
  await act(async () =>
    root.render(
      <I18nProvider i18n={i18n}>
        <ChatProvider chat={chat}>{ui}</ChatProvider>
      </I18nProvider>,
    ),
  );
  const all = <E extends Element>(selector: string) => [...document.querySelectorAll<E>(selector)];
  const button = (name: string | RegExp) =>
    found(
      all<HTMLButtonElement>("button").find((it) => matches(nameOf(it), name)),
      `button ${name}`,
    );
  const find = <E extends Element>(selector: string) => found(all<E>(selector)[0], selector);
  return {
    chat,
    all,
    button,
    find,
    text: () => document.body.textContent ?? "",
    press: (name) => act(async () => button(name).click()),
    type: (selector, text) => act(async () => write(find<HTMLInputElement>(selector), text)),
    key: (element, key) =>
      act(
        async () =>
          void element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })),
      ),
    settle: () => act(async () => {}),
    leave: () => act(async () => root.unmount()),
  };
}

function nameOf(element: Element): string {
  return element.getAttribute("aria-label") ?? element.textContent ?? "";
}

function matches(name: string, wanted: string | RegExp): boolean {
  return typeof wanted === "string" ? name === wanted : wanted.test(name);
}

function found<E>(element: E | undefined, what: string): E {
  if (!element) throw new Error(`not on the screen: ${what}\n${document.body.textContent}`);
  return element;
}

/** React watches the property: only the prototype's setter is seen as typing. */
function write(input: HTMLInputElement, text: string): void {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, text);
  input.dispatchEvent(new Event("input", { bubbles: true }));
}
