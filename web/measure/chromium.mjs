import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
/** Not on the PATH of macOS. */
const APPLICATIONS = ["/Applications/Chromium.app/Contents/MacOS/Chromium"];

/**
 * Starts the system's Chromium: `CHROMIUM` names it, otherwise it is looked for on the PATH.
 *
 * @param {string[]} args
 */
export function launch(args = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? installed(),
    // Chromium's own sandbox refuses to run as root, which is who runs in a container.
    args: ["--no-sandbox", "--ignore-certificate-errors", ...args],
  });
}

function installed() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...places, ...APPLICATIONS].find((file) => existsSync(file));
  if (!found)
    throw new Error(`no ${NAMES.join(", ")} on the PATH: \`dev/setup tests\` installs it, or set CHROMIUM`);
  return found;
}
