import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

/**
 * Starts the system's Chromium: `CHROMIUM` names it, otherwise it is looked for on the PATH.
 *
 * @param {string[]} args
 */
export function launch(args = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? onPath(["chromium", "chromium-browser", "google-chrome"]),
    // Chromium's own sandbox refuses to run as root, which is who runs in a container.
    args: ["--no-sandbox", "--ignore-certificate-errors", ...args],
  });
}

/** @param {string[]} names */
function onPath(names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
  if (!found) throw new Error(`no ${names.join(", ")} on the PATH: set CHROMIUM`);
  return found;
}
