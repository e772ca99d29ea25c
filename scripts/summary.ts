/**
 * What a test run came to, read from vitest's JSON report.
 *
 * @module
 */

/** The part of vitest's JSON report that is read here. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** The counts of a run. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  /** The full names of the tests that were not run. */
  readonly skipped: readonly string[];
  /** The last line to print. */
  readonly line: string;
}

/**
 * Counts a run. What vitest counts as no test but still is a failure (a file that did not load, an
 * unhandled error, a crash, a run of no test at all) counts as one failure each or, when only the
 * exit code tells of it, as one.
 */
export function summarise(report: Report | undefined, exitCode: number): Summary {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === "passed").length;
  const failedTests = tests.filter((test) => test.status === "failed").length;
  const skipped = tests
    .filter((test) => test.status !== "passed" && test.status !== "failed")
    .map((test) => test.fullName);
  const brokenFiles =
    files.filter((file) =>
      file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")
    ).length;

  let failed = failedTests + brokenFiles;
  if (failed === 0 && (exitCode !== 0 || passed === 0)) failed = 1;
  const tail = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
  return { passed, failed, skipped, line: `${passed} passed, ${failed} failed${tail}` };
}
