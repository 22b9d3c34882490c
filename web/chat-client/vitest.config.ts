import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["@spotter/source"] },
  test: { include: ["test/**/*.test.{ts,tsx}"], environment: "node", testTimeout: 20_000 },
});
