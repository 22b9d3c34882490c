import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compiledTexts } from "./build/compiledTexts.ts";

// What `make up` serves; the development server passes on what the host page and the backend answer.
const spotter = process.env.SPOTTER_URL ?? "https://localhost:7003";
const passedOn = { target: spotter, secure: false };

export default defineConfig({
  plugins: [compiledTexts(), react(), tailwindcss()],
  resolve: { conditions: ["@spotter/source", "module", "browser", "development|production"] },
  build: {
    // The first versions with `light-dark()`, popovers and `text-wrap: pretty`.
    target: ["chrome123", "safari17.5", "firefox125"],
    // Trusted Types and the content security policy leave no room for a preload shim.
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { "/host": passedOn, "/api": passedOn, "/ws": { ...passedOn, ws: true } },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "build/**/*.test.ts"],
    setupFiles: ["./build/setup.ts"],
  },
});
