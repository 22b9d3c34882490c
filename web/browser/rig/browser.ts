import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";
import { launch } from "../../measure/chromium.mjs";
import { Installation } from "./installation.ts";
import { type Person, Platform } from "./people.ts";
import { Screen } from "./screen.ts";

/** One browser, one context per person: they share nothing, as on two machines. */
export class Rig {
  readonly installation = new Installation();
  readonly platform = new Platform(this.installation);
  private contexts: BrowserContext[] = [];

  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<Rig> {
    const browser = await launch(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
    return new Rig(browser);
  }

  /** A browser of somebody whom only the demo's own page around the app may sign in. */
  async visitor(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({
      ignoreHTTPSErrors: true,
      baseURL: this.installation.demo.url,
      locale: "en-GB",
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    this.contexts.push(context);
    return context;
  }

  /** A person's own browser. Its failures are the story's. */
  async context(person: Person, options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.visitor(options);
    await context.exposeFunction("spotterToken", () => this.platform.token(person));
    await context.route("**/host.js", (route) =>
      route.fulfill({
        contentType: "text/javascript",
        body: "window.spotterHost = { getToken: () => window.spotterToken(), signOut: () => { window.spotterSignedOut = true; } };",
      }),
    );
    return context;
  }

  /** A tab in which `person` has the app open at `path`. */
  async open(context: BrowserContext, path = "/"): Promise<Screen> {
    const screen = new Screen(await context.newPage());
    await screen.goto(path);
    return screen;
  }

  /** A trainer and a client, each in a browser of their own, with their conversation open. */
  async pair() {
    const { trainer, client } = await this.platform.pair();
    const [trainerContext, clientContext] = await Promise.all([this.context(trainer), this.context(client)]);
    const tom = await this.open(trainerContext, `/trainer/messages?client=${client.id}`);
    const anna = await this.open(clientContext, `/messages?trainer=${trainer.id}`);
    await Promise.all([tom.isConnected(), anna.isConnected()]);
    return { trainer, client, trainerContext, clientContext, tom, anna };
  }

  /** After each story, so that one story's sockets are not another's. */
  async tidy(): Promise<void> {
    await Promise.all(this.contexts.map((context) => context.close()));
    this.contexts = [];
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }
}
