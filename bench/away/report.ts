/**
 * Figure (e) for people and for programs.
 *
 * @module
 */

import { READER_CONNECTIONS } from "../contestants/readers.ts";
import { type Figure, isMeasured } from "../figure.ts";
import { brief, faults, meanings, NAME, show } from "../text.ts";
import { AWAY_MEANS, AWAY_PER_SECOND, STILL_MS } from "./measure.ts";
import type { AwayEffort, AwayResult, FaultResult } from "./measure.ts";

/** The part as it stands in the JSON. */
export interface AwayReport extends AwayEffort {
  readonly readsPerSecond: number;
  /** Everybody's, to each replica. */
  readonly connections: number;
  readonly means: Readonly<Record<string, string>>;
  readonly faults: readonly FaultResult[];
}

/** Puts the figures beside how they were measured. */
export function awayReport(effort: AwayEffort, results: readonly FaultResult[]): AwayReport {
  return {
    readsPerSecond: AWAY_PER_SECOND,
    connections: READER_CONNECTIONS,
    means: AWAY_MEANS,
    ...effort,
    faults: results,
  };
}

/** All that have to be numbers. */
export function awayFigures(report: AwayReport): readonly Figure[] {
  return report.faults.flatMap(({ readers }) =>
    readers.flatMap((reader) => [
      ...(reader.lastWentMs === undefined ? [] : [reader.lastWentMs]),
      reader.lastNoticedMs,
      reader.slowestMs,
      reader.retried,
      reader.failed,
      reader.unanswered,
      reader.crashes,
    ])
  );
}

/** The part as text. */
export function awayLines(report: AwayReport): readonly string[] {
  const { faults: results, means } = report;
  return [
    ...results.flatMap((result) => faultLines(result, report)),
    ...meanings(means),
  ];
}

function faultLines({ fault, readers }: FaultResult, report: AwayReport): readonly string[] {
  const { rounds, watchMs, readsPerSecond } = report;
  return [
    "",
    `One of two replicas gets ${fault}, ${readsPerSecond} reads/s that wait for nobody, ms: ` +
    `median [min … max] of ${rounds} rounds, ${watchMs} ms watched`,
    `  ${"".padEnd(NAME)} ${"last read that went there".padEnd(26)}  ${
      "last read that noticed".padEnd(26)
    }  slowest    retried`,
    ...readers.map((reader) =>
      `  ${reader.name.padEnd(NAME)} ${lastWent(reader, watchMs).padEnd(26)}  ` +
      `${until(reader.lastNoticedMs, watchMs).padEnd(26)}  ${brief(reader.slowestMs, 0, "ms")}  ` +
      brief(reader.retried, 0, "reads") +
      faults(
        { failed: reader.failed, unanswered: reader.unanswered, uncaught: reader.crashes },
        reader.firstError,
      )
    ),
  ];
}

function lastWent({ lastWentMs }: AwayResult, watchMs: number): string {
  return lastWentMs === undefined ? "(does not tell)" : until(lastWentMs, watchMs);
}

/** "Up to the end of the watch" is no duration. */
function until(figure: Figure, watchMs: number): string {
  if (isMeasured(figure) && figure.median > watchMs - STILL_MS) return `never in ${watchMs} ms`;
  return show(figure, 0);
}
