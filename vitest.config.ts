import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // A test file may start a whole PostgreSQL cluster; CI has two cores.
    maxWorkers: 2,
    // Limits against a hang, not expectations of speed.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    watch: false,
  },
});

export default config;
