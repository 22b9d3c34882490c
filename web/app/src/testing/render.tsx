import { I18nProvider } from "@lingui/react";
import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { onTestFinished } from "vitest";
import { i18n, showLocale } from "../i18n/i18n";

/** Renders in English and answers the element around it; `rerender` shows something else in its place. */
export async function render(node: ReactNode) {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  if (i18n.locale !== "en") await showLocale("en");
  const container = document.body.appendChild(document.createElement("div"));
  const root = createRoot(container);
  const rerender = (next: ReactNode) =>
    act(async () => root.render(<I18nProvider i18n={i18n}>{next}</I18nProvider>));
  await rerender(node);
  const unmount = () => act(async () => root.unmount());
  onTestFinished(unmount);
  return { container, rerender, unmount };
}

/** Types into a field the way React hears it. */
export function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): Promise<void> {
  const prototype = Object.getPrototypeOf(field) as object;
  return act(async () => {
    Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

export function press(element: Element, key: string, held: KeyboardEventInit = {}): Promise<void> {
  return act(async () => {
    element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...held }));
  });
}

export function click(element: Element | null | undefined): Promise<void> {
  return act(async () => {
    element?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  });
}

export function button(container: Element, name: string): HTMLButtonElement | undefined {
  return [...container.querySelectorAll("button")].find(
    (it) => it.getAttribute("aria-label") === name || it.textContent === name,
  );
}
