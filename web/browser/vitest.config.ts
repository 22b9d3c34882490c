import { defineConfig } from "vitest/config";

// Stories share one installation and two cores: one file after the other. No story is tried twice.
export default defineConfig({
  test: {
    include: ["stories/**/*.story.ts"],
    environment: "node",
    fileParallelism: false,
    retry: 0,
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
