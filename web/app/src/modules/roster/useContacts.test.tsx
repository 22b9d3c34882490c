import type { Contact } from "@spotter/chat-client";
import { act } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { render } from "../../testing/render";
import { type Contacts, type ContactsPage, type LoadContacts, useContacts } from "./useContacts";

const contact = (name: string): Contact => ({
  userID: name,
  name,
  email: `${name}@example.com`,
  role: "User",
});
const page = (names: string[], next: string | null = null): ContactsPage => ({
  data: names.map(contact),
  next,
});

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("contacts", () => {
  test("are loading, then there", async () => {
    const list = await contacts(async () => page(["Anna"]));
    expect(list.now().state).toBe("loading");

    await list.pass(0);

    expect(list.now()).toMatchObject({ state: "ready", contacts: [contact("Anna")] });
  });

  test("are asked for once the typing pauses, and filtered here meanwhile", async () => {
    const load = vi.fn<LoadContacts>(async ({ search }) => page(search ? ["Annika"] : ["Anna", "Ben"]));
    const list = await contacts(load);
    await list.pass(0);

    for (const search of ["a", "an", "ann"]) {
      await list.search(search);
      await list.pass(100);
    }

    expect(list.now().contacts.map(({ name }) => name)).toEqual(["Anna"]);
    await list.pass(250);
    expect(load.mock.calls).toEqual([[{}], [{ search: "ann" }]]);
    expect(list.now().contacts.map(({ name }) => name)).toEqual(["Annika"]);
  });

  test("never show the answer to an earlier search", async () => {
    const answers = new Map<string, (page: ContactsPage) => void>();
    const list = await contacts(({ search = "" }) => new Promise((resolve) => answers.set(search, resolve)));
    await list.search("a");
    await list.pass(250);
    await list.search("ab");
    await list.pass(250);

    await list.settle(() => answers.get("ab")?.(page(["Abel"])));
    await list.settle(() => answers.get("a")?.(page(["Anna"])));

    expect(list.now().contacts.map(({ name }) => name)).toEqual(["Abel"]);
  });

  test("that failed are asked for again", async () => {
    const load = vi
      .fn<LoadContacts>()
      .mockRejectedValueOnce(new Error("offline"))
      .mockResolvedValue(page(["Anna"]));
    const list = await contacts(load);
    await list.pass(0);
    expect(list.now().state).toBe("failed");

    await list.settle(() => list.now().retry());
    await list.pass(0);

    expect(list.now()).toMatchObject({ state: "ready", contacts: [contact("Anna")] });
  });

  test("come page by page", async () => {
    const list = await contacts(async ({ after }) => (after === "p2" ? page(["Ben"]) : page(["Anna"], "p2")));
    await list.pass(0);
    expect(list.now().hasMore).toBe(true);

    await list.settle(() => list.now().loadMore());

    expect(list.now().contacts.map(({ name }) => name)).toEqual(["Anna", "Ben"]);
    expect(list.now().hasMore).toBe(false);
  });
});

interface ProbeProps {
  load: LoadContacts;
  search: string;
  onContacts(contacts: Contacts): void;
}

function Probe({ load, search, onContacts }: ProbeProps) {
  onContacts(useContacts(load, search));
  return null;
}

async function contacts(load: LoadContacts) {
  const seen: Contacts[] = [];
  const element = (search: string) => (
    <Probe load={load} search={search} onContacts={(it) => seen.push(it)} />
  );
  const { rerender } = await render(element(""));
  return {
    now: () => seen.at(-1) as Contacts,
    search: (search: string) => rerender(element(search)),
    pass: (ms: number) => act(async () => void (await vi.advanceTimersByTimeAsync(ms))),
    settle: (happen: () => void) => act(async () => happen()),
  };
}
