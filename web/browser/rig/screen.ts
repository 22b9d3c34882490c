import type { Locator, Page } from "playwright-core";
import { until } from "./until.ts";

/** What a person sees and does. Finds things as they do: by role and words. */
export class Screen {
  /** What the browser complained of: script errors and what the policy refused. */
  readonly complaints: string[] = [];

  constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (/Content.Security.Policy|Trusted ?Type/i.test(message.text())) this.complaints.push(message.text());
    });
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(path);
  }

  /** The connection's state, while it says one of these words. */
  badge(word: "Connected" | "Connecting" | "Disconnected" | "Error"): Locator {
    return this.page.getByTestId("connection").filter({ hasText: new RegExp(`^${word}`) });
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: /^Message to/ });
  }

  get list(): Locator {
    return this.page.getByRole("navigation", { name: /conversations|clients|trainers/i });
  }

  isConnected(): Promise<void> {
    return this.shows(this.badge("Connected"), "Connected");
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The bubbles whose text holds these words. */
  bubble(text: string): Locator {
    return this.page.getByRole("article").filter({ hasText: text });
  }

  async sees(text: string): Promise<void> {
    await this.shows(this.bubble(text), text);
  }

  /** Exactly one at this moment; whoever fears a later copy looks again after something else has arrived. */
  async seesOnce(text: string): Promise<void> {
    await this.sees(text);
    const count = await this.bubble(text).count();
    if (count !== 1) throw new Error(`${count} bubbles show ${JSON.stringify(text)}`);
  }

  /** The state of an own message, as a screen reader hears it. */
  async hasTick(
    text: string,
    state: "Sent" | "Delivered" | "Read" | "Waiting to be sent" | "Not sent",
  ): Promise<void> {
    await this.shows(
      this.bubble(text)
        .getByLabel(state, { exact: true })
        .or(this.bubble(text).getByText(state, { exact: true })),
      `${text}: ${state}`,
    );
  }

  async shows(what: Locator, name = String(what)): Promise<void> {
    try {
      await what.first().waitFor({ state: "visible", timeout: 30_000 });
    } catch (error) {
      throw new Error(`not seen: ${name}\n${await this.words()}`, { cause: error });
    }
  }

  async hides(what: Locator): Promise<void> {
    await what.first().waitFor({ state: "hidden", timeout: 30_000 });
  }

  /** The card of a person in the list. */
  card(name: string): Locator {
    return this.list
      .getByRole("link", { name: new RegExp(`^${name}`) })
      .or(this.list.getByRole("button", { name: new RegExp(`^${name}`) }));
  }

  /** Opens a message's menu and takes one of its entries. */
  async choose(text: string, entry: string): Promise<void> {
    const bubble = this.bubble(text).last();
    await bubble.hover();
    await bubble.getByRole("button", { name: "Message actions" }).click();
    await this.page
      .getByRole("menuitem", { name: entry })
      .or(this.page.getByRole("button", { name: entry, exact: true }))
      .first()
      .click();
  }

  async react(text: string, emoji: string): Promise<void> {
    const bubble = this.bubble(text).last();
    await bubble.hover();
    await bubble.getByRole("button", { name: "Message actions" }).click();
    await this.page
      .getByRole("button", { name: `React with ${emoji}` })
      .or(this.page.getByRole("menuitem", { name: `React with ${emoji}` }))
      .first()
      .click();
  }

  /** Puts the tab in the background, as far as the page can tell. */
  async hide(): Promise<void> {
    await this.page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
      Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
      document.hasFocus = () => false;
      const shown: string[] = [];
      Object.assign(window, { shownNotifications: shown });
      const Real = window.Notification;
      window.Notification = class extends Real {
        constructor(title: string, options?: NotificationOptions) {
          super(title, options);
          shown.push(`${title}: ${options?.body ?? ""}`);
        }
      };
      document.dispatchEvent(new Event("visibilitychange"));
      window.dispatchEvent(new Event("blur"));
    });
  }

  notifications(): Promise<string[]> {
    return this.page.evaluate(
      () => (window as unknown as { shownNotifications: string[] }).shownNotifications,
    );
  }

  /** Names of what is kept in IndexedDB. */
  databases(): Promise<string[]> {
    return this.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name ?? ""));
  }

  /** Texts of all bubbles, oldest first. */
  async thread(): Promise<string[]> {
    return this.page.getByRole("article").allInnerTexts();
  }

  until(what: string, holds: () => Promise<boolean>): Promise<void> {
    return until(what, holds);
  }

  private async words(): Promise<string> {
    // biome-ignore lint/performance/useDomNodeTextContent: for a person who reads why a story failed
    const words = await this.page.locator("body").innerText();
    return `${this.page.url()}\n${words.slice(0, 2000)}\n${this.complaints.join("\n")}`;
  }
}
