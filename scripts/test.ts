/**
 * `npm test [-- vitest's arguments]`: runs vitest and says, as the very last line of stdout,
 * `N passed, N failed` (`, N skipped`). Exits 1 when anything failed, or nothing ran.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { show } from "./step.ts";
import { type Report, summarise } from "./summary.ts";

/** The report, or `undefined` when vitest died before it wrote one. */
function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report; // vitest's own format
  } catch {
    return undefined;
  }
}

const folder = mkdtempSync(join(tmpdir(), "holdfast-test-"));
const file = join(folder, "report.json");
const code = await show("vitest", [
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${file}`,
  ...process.argv.slice(2),
]);
const summary = summarise(readReport(file), code);
rmSync(folder, { recursive: true, force: true });

for (const name of summary.skipped) console.log(`SKIPPED  ${name}`);
console.log(summary.line);
process.exitCode = summary.failed === 0 ? 0 : 1;
