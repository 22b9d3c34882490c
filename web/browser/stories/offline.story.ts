import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Rig } from "../rig/browser.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

test("a message written while the network is cut goes out once when it is back", async () => {
  const { tom, anna, clientContext } = await rig.pair();

  await clientContext.setOffline(true);
  await anna.shows(anna.badge("Disconnected"));
  await anna.send("written in a tunnel");
  await anna.hasTick("written in a tunnel", "Waiting to be sent");
  await clientContext.setOffline(false);

  await tom.seesOnce("written in a tunnel");
  await anna.isConnected();
  await anna.hasTick("written in a tunnel", "Read");
  expect(await anna.bubble("written in a tunnel").count()).toBe(1);
});

test("a message written offline in a tab that is then closed is delivered once after reopening", async () => {
  const { tom, anna, trainer, clientContext } = await rig.pair();

  await clientContext.setOffline(true);
  await anna.send("kept for later");
  await anna.hasTick("kept for later", "Waiting to be sent");
  await anna.page.close();
  await clientContext.setOffline(false);
  const again = await rig.open(clientContext, `/messages?trainer=${trainer.id}`);

  await tom.seesOnce("kept for later");
  await again.seesOnce("kept for later");
  await tom.send("got it");
  await again.sees("got it");
  expect(await tom.bubble("kept for later").count()).toBe(1);
});

test("killed gateways cost a moment and no message", async () => {
  const { tom, anna } = await rig.pair();
  await tom.send("before");
  await anna.sees("before");

  rig.installation.killGateways();
  for (const text of ["while 1", "while 2", "while 3"]) await tom.send(text);
  await anna.send("and back");

  await anna.sees("while 3");
  await tom.sees("and back");
  await tom.isConnected();
  await anna.isConnected();
  const order = (await anna.thread())
    .filter((text) => text.includes("while"))
    .map((text) => text.match(/while \d/)?.[0]);
  expect(order).toEqual(["while 1", "while 2", "while 3"]);
});

test("with a stopped broker text goes out over HTTP and arrives by polling", async () => {
  const { tom, anna } = await rig.pair();

  await rig.installation.withoutBroker(async () => {
    await anna.send("past the broker");
    await tom.sees("past the broker");
  });

  await anna.isConnected();
  await tom.isConnected();
  await tom.seesOnce("past the broker");
});

test("two tabs of one person share the outbox: what was written in both goes out once", async () => {
  const { tom, trainer, anna, clientContext } = await rig.pair();
  const second = await rig.open(clientContext, `/messages?trainer=${trainer.id}`);
  await second.isConnected();

  await clientContext.setOffline(true);
  await anna.send("from the first tab");
  await second.send("from the second tab");
  await clientContext.setOffline(false);

  await tom.sees("from the first tab");
  await tom.sees("from the second tab");
  await anna.seesOnce("from the second tab");
  await second.seesOnce("from the first tab");
  expect(await tom.bubble("tab").count()).toBe(2);
});
