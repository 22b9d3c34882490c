import { bearerOf } from "./api/token.ts";
import type { Duties, Home } from "./cache/home.ts";
import { later } from "./later.ts";
import type { UserId } from "./protocol.ts";

const code = later(() => import("./cache/home.ts"));

/** Whose data is here. */
export class Session {
  userId: UserId | null = null;
  /** Where it is kept, from when it is known whose. */
  readonly home: Promise<Home>;
  readonly #duties: Duties;
  #found: (home: Home) => void = () => {};

  constructor(duties: Duties) {
    this.#duties = duties;
    this.home = new Promise((resolve) => {
      this.#found = resolve;
    });
    // Asked for together with the token, so that it costs no time of its own.
    code().catch(() => {});
  }

  /** Refuses the token of anybody else: a chat is of one person, and so is what it keeps. */
  admit(token: string): string {
    const bearer = bearerOf(token);
    if (bearer && this.userId && bearer.id !== this.userId) throw new Error("the token is of another person");
    return token;
  }

  /** Without the code for it (a network that just went) it is as if nobody had begun; the next `welcome` tries again. */
  async begin(userId: UserId): Promise<Home> {
    this.userId = userId;
    try {
      const { Home } = await code();
      this.#found(await new Home(this.#duties).open(userId));
    } catch (error) {
      this.userId = null;
      throw error;
    }
    return this.home;
  }

  /** Wipes and ends what was begun; what was not, never kept anything. */
  async end(wipes: boolean): Promise<void> {
    if (this.userId === null) return;
    const home = await this.home;
    await (wipes ? home.wipe() : home.end());
  }
}
