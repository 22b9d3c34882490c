import { fileURLToPath } from "node:url";
import { build, preview } from "vite";

const ROOT = fileURLToPath(new URL("../app", import.meta.url));
const CONFIG = fileURLToPath(new URL("../app/vite.gallery.config.ts", import.meta.url));

/** Builds the gallery and serves it; `url(scene)` is a scene's address. */
export async function serveGallery() {
  const config = { root: ROOT, configFile: CONFIG, logLevel: /** @type {const} */ ("warn") };
  await build(config);
  const server = await preview({ ...config, preview: { port: 0, host: "127.0.0.1" } });
  const [base] = server.resolvedUrls?.local ?? [];
  return {
    /** @param {string} scene @param {Record<string, string>} more */
    url: (scene, more = {}) => `${base}gallery/index.html?${new URLSearchParams({ scene, ...more })}`,
    close: () => server.close(),
  };
}
