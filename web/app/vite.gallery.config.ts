import { mergeConfig } from "vite";
import app from "./vite.config.ts";

// The gallery is built on its own (`npm run gallery`): nothing of it reaches what people open.
export default mergeConfig(app, {
  base: "./",
  build: { outDir: "dist-gallery", rolldownOptions: { input: "gallery/index.html" } },
});
