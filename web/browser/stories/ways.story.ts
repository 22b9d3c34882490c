import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Rig } from "../rig/browser.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

test("a link opens its conversation, the address follows the selection, and back goes back", async () => {
  const { trainer, client } = await rig.platform.pair("Tom Brandt", "Anna Keller");
  const ben = await rig.platform.person("Ben Okafor", "User");
  await rig.platform.book(trainer, ben);
  const tom = await rig.open(await rig.context(trainer), `/trainer/messages?client=${client.id}`);
  await tom.shows(tom.composer.and(tom.page.getByLabel("Message to Anna Keller")));

  await tom.card("Ben Okafor").click();

  await tom.shows(tom.page.getByLabel("Message to Ben Okafor"));
  expect(tom.page.url()).toContain(`client=${ben.id}`);
  await tom.page.goBack();
  await tom.shows(tom.page.getByLabel("Message to Anna Keller"));
});

test("an id that is not one's own shows one neutral page, the same for strangers and for nobody", async () => {
  const { trainer } = await rig.platform.pair();
  const stranger = await rig.platform.person("Carla Rossi", "User");
  const tom = await rig.open(await rig.context(trainer), `/trainer/messages?client=${stranger.id}`);
  await tom.shows(tom.page.getByText("Not available"));

  await tom.goto("/trainer/messages?client=00000000-0000-4000-8000-000000000000");

  await tom.shows(tom.page.getByText("Not available"));
  await tom.goto("/trainer/messages?client=nonsense");
  await tom.shows(tom.page.getByText("Not available"));
});

test("a client writes to a trainer before there is a conversation", async () => {
  const trainer = await rig.platform.person("Maya Lindqvist", "Trainer");
  const client = await rig.platform.person("Felix Wagner", "User");
  const felix = await rig.open(await rig.context(client), `/messages?trainer=${trainer.id}`);
  await felix.isConnected();

  await felix.send("Do you have time for me?");

  const maya = await rig.open(await rig.context(trainer), "/trainer/messages");
  await maya.shows(maya.card("Felix Wagner"));
  await maya.card("Felix Wagner").click();
  await maya.sees("Do you have time for me?");
});

test("a trainer without clients is told so", async () => {
  const trainer = await rig.platform.person("Priya Nair", "Trainer");

  const priya = await rig.open(await rig.context(trainer), "/trainer/messages");

  await priya.shows(priya.page.getByText("No clients found"));
});

test("a word is found in a conversation and the place shown", async () => {
  const { tom, anna } = await rig.pair();
  await tom.send("Bring the kettlebell on Thursday");
  for (let line = 0; line < 30; line++) await tom.send(`Set ${line}: ten more`);
  await anna.sees("Set 29: ten more");

  await anna.page.getByRole("button", { name: "Search in this conversation" }).click();
  await anna.page.getByRole("searchbox", { name: "Search this conversation" }).fill("kettle");
  await anna.page.getByRole("button", { name: /Bring the kettle ?bell/ }).click();

  await anna.sees("Bring the kettlebell on Thursday");
});

test("a hidden tab notifies once, and says how many are unread in its title", async () => {
  const { tom, anna, clientContext } = await rig.pair();
  await tom.send("I asked you something");
  await anna.shows(anna.page.getByRole("button", { name: "Turn on" }));
  // The answer to the browser's own question, which no test can press.
  await clientContext.grantPermissions(["notifications"]);
  await anna.page.getByRole("button", { name: "Turn on" }).click();
  await anna.hide();

  await tom.send("Are you there?");

  await anna.until("a notification", async () => (await anna.notifications()).length === 1);
  expect((await anna.notifications())[0]).toContain("Tom Brandt");
  await anna.until("the title counts", async () => (await anna.page.title()).startsWith("(1)"));
});

test("signing out leaves nothing of the person in the browser", async () => {
  const { tom, anna } = await rig.pair();
  await tom.send("between us");
  await anna.sees("between us");
  expect(await anna.databases()).not.toEqual([]);

  await anna.page.getByRole("button", { name: "Settings" }).click();
  const dialog = anna.page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Sign out" }).click();
  // Asked once more, with the button in the same place by the same name.
  await dialog.getByRole("button", { name: "Sign out" }).last().click();

  await anna.until("the host is told", () => anna.page.evaluate(() => "spotterSignedOut" in window));
  await anna.until("nothing is kept", async () => (await anna.databases()).length === 0);
});

test("a person signed out by the platform is told so, for good", async () => {
  const { anna, client } = await rig.pair();

  await rig.platform.signOut(client);

  await anna.shows(anna.badge("Error"));
});

test("who is here is shown, until they hide it", async () => {
  const { tom, anna, clientContext } = await rig.pair();
  await tom.shows(tom.page.getByText("Online", { exact: true }));

  await anna.page.close();
  await tom.shows(tom.page.getByText(/^Last seen/));

  const again = await rig.open(clientContext);
  await again.isConnected();
  await tom.shows(tom.page.getByText("Online", { exact: true }));
  await again.page.getByRole("button", { name: "Settings" }).click();
  await again.page.getByRole("switch", { name: /online/i }).click();
  await tom.hides(tom.page.getByText("Online", { exact: true }));
});
