import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Rig } from "../rig/browser.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

/** A photo of 1,600 × 1,200 points, made in the browser: content that a decoder takes. */
async function photo(screen: Awaited<ReturnType<Rig["open"]>>): Promise<Buffer> {
  const base64 = await screen.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(1600, 1200);
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no canvas");
    for (let x = 0; x < 1600; x += 8) {
      for (let y = 0; y < 1200; y += 8) {
        context.fillStyle = `hsl(${(x * y) % 360} 70% ${30 + ((x ^ y) % 40)}%)`;
        context.fillRect(x, y, 8, 8);
      }
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
  });
  return Buffer.from(base64, "base64");
}

test("a photo is previewed, uploaded with progress, sent, and seen without a jump", async () => {
  const { tom, anna, trainerContext } = await rig.pair();
  const buffer = await photo(tom);
  await trainerContext.newCDPSession(tom.page).then((session) =>
    session.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 20,
      downloadThroughput: -1,
      uploadThroughput: 200_000,
    }),
  );

  await tom.page
    .locator("input[type=file]")
    .first()
    .setInputFiles({ name: "front.png", mimeType: "image/png", buffer });
  await tom.shows(tom.page.getByRole("progressbar"));
  await tom.hides(tom.page.getByRole("progressbar"));
  await tom.send("Week four");

  await anna.sees("Week four");
  const image = anna.bubble("Week four").getByRole("img").or(anna.bubble("Week four").locator("img"));
  await anna.shows(image);
  await anna.until("the picture is there", () =>
    image
      .first()
      .evaluate(
        (element) => element instanceof HTMLImageElement && element.complete && element.naturalWidth > 100,
      ),
  );
  await anna.page
    .getByRole("button", { name: /^Open image/ })
    .first()
    .click();
  await anna.shows(anna.page.getByRole("dialog", { name: "Image viewer" }));
  await anna.page.keyboard.press("Escape");
  await anna.hides(anna.page.getByRole("dialog", { name: "Image viewer" }));
});

test("a file of a wrong kind is refused with words before it is uploaded", async () => {
  const { tom } = await rig.pair();

  await tom.page
    .locator("input[type=file]")
    .first()
    .setInputFiles({ name: "plan.exe", mimeType: "application/x-msdownload", buffer: Buffer.from("MZ") });

  await tom.shows(tom.page.getByText(/plan\.exe cannot be sent/));
});

test("a voice message is recorded, listened to, sent and played", async () => {
  const { tom, anna } = await rig.pair();

  await tom.page.getByRole("button", { name: /^Record/ }).click();
  await tom.until("a second is recorded", async () => (await tom.page.getByText(/0:0[1-9]/).count()) > 0);
  await tom.page.getByRole("button", { name: /^Stop/ }).click();
  await tom.page.getByRole("button", { name: /^Send/ }).first().click();

  await anna.shows(anna.page.getByRole("article").getByRole("button", { name: /^Play voice message/ }));
  await anna.page
    .getByRole("article")
    .getByRole("button", { name: /^Play voice message/ })
    .click();
  await anna.shows(anna.page.getByRole("article").getByRole("button", { name: /^Pause/ }));
});

/** The smallest document that its inspection takes. */
const PDF = Buffer.from(
  "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\nstartxref\n9\n%%EOF\n",
);

test("a document is a card with its name, whatever the name says, and a download", async () => {
  const { tom, anna } = await rig.pair();
  const name = "<img src=x onerror='window.broken=1'>.pdf";

  await tom.page
    .locator("input[type=file]")
    .first()
    .setInputFiles({ name, mimeType: "application/pdf", buffer: PDF });
  await tom.shows(tom.page.getByText(name));
  await tom.until("it is there", async () => (await tom.page.getByRole("progressbar").count()) === 0);
  await tom.send("Your plan");

  await anna.sees("Your plan");
  await anna.shows(anna.bubble("Your plan").getByText(name));
  const downloading = anna.page.waitForEvent("download");
  await anna
    .bubble("Your plan")
    .getByRole("link", { name: /^Download/ })
    .click();
  await downloading;
  expect(await anna.page.evaluate(() => "broken" in window)).toBe(false);
});

test("a picture is pasted, another one dropped, and both go with the message", async () => {
  const { tom, anna } = await rig.pair();
  const base64 = (await photo(tom)).toString("base64");
  const files = await tom.page.evaluateHandle((content) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "side.png", { type: "image/png" }));
    return transfer;
  }, base64);

  await tom.composer.evaluate((field, clipboardData) => {
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, files);
  await tom.shows(tom.page.getByText("1 file to send").or(tom.page.getByLabel("1 file to send")));
  for (const type of ["dragenter", "dragover", "drop"]) {
    await tom.composer.dispatchEvent(type, { dataTransfer: files });
  }
  await tom.shows(tom.page.getByText("2 files to send").or(tom.page.getByLabel("2 files to send")));
  await tom.until("both are there", async () => (await tom.page.getByRole("progressbar").count()) === 0);
  await tom.send("Both sides");

  await anna.sees("Both sides");
  await anna.until(
    "two pictures",
    async () =>
      (await anna
        .bubble("Both sides")
        .getByRole("button", { name: /^Open image/ })
        .count()) === 2,
  );
});
