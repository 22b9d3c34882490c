import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Rig } from "../rig/browser.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

test("demo people choose who they are, talk, and choose anew after signing out", async () => {
  const desk = await rig.open(await rig.visitor());
  await desk.shows(desk.page.getByRole("dialog", { name: "Who are you today?" }));
  await desk.page.getByRole("button", { name: /^Tom\b/ }).click();
  await desk.isConnected();
  const phone = await rig.open(await rig.visitor(), "/#as=anna");
  await phone.isConnected();
  await desk.card("Anna").click();
  await phone.card("Tom").click();

  await desk.send("picked from the picker");
  await phone.sees("picked from the picker");
  await desk.page.reload();
  await desk.sees("picked from the picker");

  await desk.page.getByRole("button", { name: "Settings" }).click();
  await desk.page.getByRole("button", { name: "Sign out" }).click();
  // Asked once more: what is kept on this device goes.
  await desk.page.getByRole("button", { name: "Sign out" }).click();
  await desk.shows(desk.page.getByRole("dialog", { name: "Who are you today?" }));
  expect(await desk.page.getByRole("article").count()).toBe(0);
});

test("a link that names a demo person leaves no name in the address", async () => {
  const phone = await rig.open(await rig.visitor(), "/#as=anna");

  await phone.isConnected();

  expect(new URL(phone.page.url()).hash).toBe("");
});
