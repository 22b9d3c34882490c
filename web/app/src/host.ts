/** What the page that hosts the app supplies through `/host.js`. */
export interface SpotterHost {
  /** A valid JWT of the person; rejecting means signed out. */
  getToken(): Promise<string>;
  /** Leaves for the host's own sign-in. */
  signOut?(): void;
  /** `wss://…/ws/chat`, where it is not on the app's own host. */
  socketUrl?: string;
  /** The language of the host's pages, e.g. `de`. */
  locale?: string;
}

declare global {
  interface Window {
    spotterHost?: SpotterHost;
  }
}

/** Answers the host, or one that has nobody signed in when `/host.js` supplied none. */
export function host(): SpotterHost {
  return window.spotterHost ?? { getToken: () => Promise.reject(new Error("no host page supplied a token")) };
}

export function socketUrl({ socketUrl }: SpotterHost): string {
  return socketUrl ?? import.meta.env.VITE_WS_CHAT_URL ?? ownSocket(window.location);
}

function ownSocket({ protocol, host }: Location): string {
  return `${protocol === "http:" ? "ws" : "wss"}://${host}/ws/chat`;
}
