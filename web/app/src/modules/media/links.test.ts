import { describe, expect, it } from "vitest";
import { isExpired, LinkRenewal } from "./links";

describe("links that stopped working", () => {
  it("are renewed in one call for all files of a moment", async () => {
    const server = new Server();
    const renewal = new LinkRenewal(server.links);

    const fresh = await Promise.all([
      renewal.renew("a", "old-a"),
      renewal.renew("b", "old-b"),
      renewal.renew("a", "old-a"),
    ]);

    expect(server.asked).toEqual([["a", "b"]]);
    expect(fresh.map((it) => it?.url)).toEqual(["a-1", "b-1", "a-1"]);
  });

  it("are not asked for again while the fresh one has not failed", async () => {
    const server = new Server();
    const renewal = new LinkRenewal(server.links);
    await renewal.renew("a", "old-a");

    expect((await renewal.renew("a", "old-a"))?.url).toBe("a-1");
    expect(server.asked).toHaveLength(1);

    expect((await renewal.renew("a", "a-1"))?.url).toBe("a-2");
  });

  it("stay broken when the file is gone or the server does not answer", async () => {
    const gone = new LinkRenewal(async () => new Map());
    const down = new LinkRenewal(async () => Promise.reject(new Error("unavailable")));
    expect(await gone.renew("a", "old")).toBeNull();
    expect(await down.renew("a", "old")).toBeNull();
  });

  it("go out by a hundred", async () => {
    const server = new Server();
    const renewal = new LinkRenewal(server.links);
    await Promise.all(Array.from({ length: 150 }, (_, at) => renewal.renew(`f${at}`, "old")));
    expect(server.asked.map((ids) => ids.length)).toEqual([100, 50]);
  });

  it("say themselves when their time is over", () => {
    const url = "https://files.example/api/files/x/thumb?exp=1000&sig=abc";
    expect(isExpired(url, 999_999)).toBe(false);
    expect(isExpired(url, 1_000_000)).toBe(true);
    expect(isExpired("blob:local", 0)).toBe(false);
  });
});

class Server {
  readonly asked: string[][] = [];

  readonly links = async (ids: readonly string[]) => {
    this.asked.push([...ids]);
    const turn = this.asked.length;
    return new Map(ids.map((id) => [id, { url: `${id}-${turn}`, thumbnailUrl: null }]));
  };
}
