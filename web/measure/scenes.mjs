/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{ scene: string, steps?: (page: Page) => Promise<unknown>, mouse?: true }} Shot */

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAF0lEQVR4nGNgaPhPEhrVMKph1ABAAwAPuv4BV9WgbAAAAABJRU5ErkJggg==";

/** Scenes as they open. */
const STILL = [
  "trainer",
  "list",
  "list-loading",
  "list-error",
  "list-empty",
  "user",
  "thread-empty",
  "thread-loading",
  "thread-error",
  "thread-long",
  "unread",
  "images",
  "voice",
  "reactions",
  "typing",
  "failed",
  "offline",
  "waiting",
  "connecting",
  "signed-out",
  "read-only",
  "not-available",
  "hostile",
];

/** Everything that is looked at, by name: a scene, and what is done to it first. @type {Readonly<Record<string, Shot>>} */
export const SHOTS = {
  ...Object.fromEntries(STILL.map((scene) => [scene, { scene }])),
  settings: { scene: "list", steps: openSettings },
  viewer: {
    scene: "images",
    steps: view,
  },
  notices: { scene: "notices" },
  emoji: { scene: "trainer", steps: emoji, mouse: true },
  menu: { scene: "trainer", steps: menu, mouse: true },
  search: { scene: "search", steps: search },
  "search-loading": { scene: "search-loading", steps: (page) => search(page, false) },
  "search-error": { scene: "search-error", steps: search },
  uploading: { scene: "uploading", steps: attach },
  "upload-failed": { scene: "upload-failed", steps: attach },
  "upload-refused": { scene: "uploading", steps: (page) => attach(page, "clip.mov", "video/quicktime") },
  recording: { scene: "trainer", steps: record },
  "voice-review": { scene: "trainer", steps: review },
};

/** @param {Page} page */
async function openSettings(page) {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("switch", { name: "Read receipts" }).waitFor();
}

/** @param {Page} page */
async function emoji(page) {
  await page.getByRole("button", { name: "Emoji" }).click();
  await page.getByRole("button", { name: "grinning face", exact: true }).waitFor();
}

/** @param {Page} page */
async function menu(page) {
  const message = page.getByRole("article").filter({ hasText: "Knees out" });
  await message.hover();
  await message.getByRole("button", { name: "Message actions" }).click();
  await page.getByRole("button", { name: "Reply" }).last().waitFor();
}

/** @param {Page} page */
async function view(page) {
  await page.getByRole("button", { name: "Open image 1 of 1" }).first().click();
  await page.getByRole("dialog", { name: "Image viewer" }).waitFor();
}

/** @param {Page} page */
async function search(page, answered = true) {
  await page
    .getByRole("button", { name: /^Search/ })
    .last()
    .click();
  await page.getByRole("searchbox", { name: /^Search (this|all)/ }).fill("squat week");
  if (answered) await page.locator("mark, [role=alert]").first().waitFor();
}

/** @param {Page} page */
async function attach(page, name = "breakfast.png", mimeType = "image/png") {
  const buffer = Buffer.from(PNG, "base64");
  await page.locator("input[type=file]").setInputFiles([
    { name, mimeType, buffer },
    { name: "Plan for March.pdf", mimeType: "application/pdf", buffer },
  ]);
  await page.getByRole("button", { name: /^(Cancel the upload of|Remove) Plan/ }).waitFor();
}

/** @param {Page} page */
async function record(page) {
  await page.getByRole("button", { name: "Record a voice message" }).click();
  await page.getByRole("button", { name: "Stop and listen" }).waitFor();
  await page.locator("p", { hasText: "0:01" }).first().waitFor();
}

/** @param {Page} page */
async function review(page) {
  await record(page);
  await page.getByRole("button", { name: "Stop and listen" }).click();
  await page.getByRole("button", { name: "Send voice message" }).waitFor();
}
