/**
 * The end of the demo in words.
 *
 * @module
 */

import type { RecoveryRung } from "../../mod.ts";
import type { Chronicle, EjectionRecord, RampRecord } from "./chronicle.ts";
import { promisesKept, type Verdict } from "./tally.ts";
import { rungName } from "./words.ts";

/** `{ EXHAUSTED: 2 }` → ` (EXHAUSTED 2)`. */
function byCode(codes: Readonly<Record<string, number>>): string {
  const parts = Object.entries(codes).map(([code, count]) => `${code} ${count}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

const RUNGS: readonly RecoveryRung[] = ["refresh", "rebuildPool", "rebuildClient", "isolate"];

/** What was done about endpoints that were unwell, as lines for people. */
export function reportUpkeep({ rungs, ramps, ejections }: Chronicle): string[] {
  const taken = RUNGS.map((rung) => `${rungName(rung)} ${rungs[rung]}`);
  return [
    `recovery       rungs taken: ${taken.join(", ")}`,
    ...ejections.map(ejectionLine),
    ...ramps.map(rampLine),
  ];
}

function ejectionLine({ endpoint, atMs, forMs, because }: EjectionRecord): string {
  const long = forMs === undefined ? "until the end" : `for ${inSeconds(forMs)}`;
  return `ejection       ${endpoint} at ${inSeconds(atMs)} ${long}: ${because}`;
}

function rampLine({ endpoint, atMs, shares, done }: RampRecord): string {
  const percents = shares.map((share) => Math.round(share * 100)).join(" → ");
  const parts = [percents === "" ? [] : [`${percents} % of its load`], done ? [] : ["not over"]];
  return `ramp           ${endpoint} from ${inSeconds(atMs)}: ${parts.flat().join(", ")}`;
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** The verdict as lines for people. */
export function report(verdict: Verdict): string[] {
  const { reads, readErrors, writes, writeErrors, acknowledged, found, lost } = verdict;
  const lines = [
    `reads          ${reads}, failed ${readErrors}${byCode(verdict.readErrorsByCode)}, ` +
    `longest time without one ${verdict.longestReadGapMs} ms`,
    `writes         ${writes}, failed ${writeErrors}${byCode(verdict.writeErrorsByCode)}, ` +
    `of these while there was a primary ${verdict.writeErrorsOutsideOutage}`,
    `acknowledged   ${acknowledged}`,
    `found          ${found} in the database`,
    `lost           ${lost}`,
    `unexpected     ${verdict.unexpected} rows of writes that were told not to have run`,
    `uncertain      ${verdict.ambiguous.total} writes, of which ${verdict.ambiguous.found} are there`,
    `balances       ${verdict.balanced ? "agree" : "DO NOT AGREE"} with the transfers`,
  ];
  if (verdict.outageMs !== undefined) {
    const back = verdict.writableAfterMs;
    lines.push(
      `no primary for ${verdict.outageMs} ms` +
        (back === undefined ? "" : `; first new write acknowledged ${back} ms after its death`),
    );
  }
  lines.push(
    promisesKept(verdict)
      ? "Everything acknowledged is in the database."
      : "THE DATABASE DOES NOT HOLD WHAT CALLERS WERE TOLD.",
  );
  return lines;
}
