import { defineConfig, type ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes minutes begins first: begun last, as small files are, it would be waited for alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      /\/test\/(soak|faults)\//.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const config: ViteUserConfig = defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // A test file may start a whole PostgreSQL cluster; CI has two cores.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Limits against a hang, not expectations of speed.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    watch: false,
  },
});

export default config;
