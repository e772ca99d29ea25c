import { describe, expect, test } from "vitest";
import { type Report, summarise } from "../../scripts/summary.ts";

function file(status: string, ...statuses: string[]): Report["testResults"][number] {
  const assertionResults = statuses.map((s, index) => ({ status: s, fullName: `test ${index}` }));
  return { name: "a.test.ts", status, assertionResults };
}
const line = (code: number, ...testResults: Report["testResults"]): string =>
  summarise({ testResults }, code).line;

describe("summarise()", () => {
  test("summarise() counts what passed", () => {
    expect(line(0, file("passed", "passed", "passed"))).toBe("2 passed, 0 failed");
  });
  test("summarise() counts what failed", () => {
    expect(line(1, file("failed", "passed", "failed"))).toBe("1 passed, 1 failed");
  });
  test("summarise() names what was skipped", () => {
    const report = { testResults: [file("passed", "passed", "skipped", "todo", "pending")] };
    expect(summarise(report, 0).line).toBe("1 passed, 0 failed, 3 skipped");
    expect(summarise(report, 0).skipped).toEqual(["test 1", "test 2", "test 3"]);
  });
  test("summarise() calls a file that did not load a failure", () => {
    expect(line(1, file("failed"), file("passed", "passed"))).toBe("1 passed, 1 failed");
  });
  test("summarise() calls an unhandled error a failure, which only the exit code tells", () => {
    expect(line(1, file("passed", "passed"))).toBe("1 passed, 1 failed");
  });
  test("summarise() calls a crash a failure", () => {
    expect(summarise(undefined, 1).line).toBe("0 passed, 1 failed");
    expect(summarise(undefined, 0).line).toBe("0 passed, 1 failed");
  });
  test("summarise() calls a run without a passed test a failure", () => {
    expect(line(0)).toBe("0 passed, 1 failed");
    expect(line(0, file("passed", "skipped"))).toBe("0 passed, 1 failed, 1 skipped");
  });
});
