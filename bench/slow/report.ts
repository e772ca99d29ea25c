/**
 * Figure (c) for people and for programs.
 *
 * @module
 */

import { READER_CONNECTIONS } from "../contestants/readers.ts";
import type { Figure } from "../figure.ts";
import { brief, faults, meanings, NAME, show } from "../text.ts";
import { SLOW_MEANS, SLOW_PER_SECOND, SLOWED_BY_MS } from "./measure.ts";
import type { SlowEffort, SlowResult } from "./measure.ts";

/** The part as it stands in the JSON. */
export interface SlowReport extends SlowEffort {
  readonly slowedByMs: number;
  readonly readsPerSecond: number;
  /** Everybody's, to each replica. */
  readonly connections: number;
  readonly means: Readonly<Record<string, string>>;
  readonly readers: readonly SlowResult[];
}

/** Puts the figures beside how they were measured. */
export function slowReport(effort: SlowEffort, readers: readonly SlowResult[]): SlowReport {
  return {
    slowedByMs: SLOWED_BY_MS,
    readsPerSecond: SLOW_PER_SECOND,
    connections: READER_CONNECTIONS,
    means: SLOW_MEANS,
    ...effort,
    readers,
  };
}

/** All that have to be numbers. */
export function slowFigures({ readers }: SlowReport): readonly Figure[] {
  return readers.flatMap((reader) => [
    reader.p50Ms,
    reader.p99Ms,
    reader.meanMs,
    reader.slowShare,
    reader.meanOfPlain,
    reader.beforeP50Ms,
    reader.beforeP99Ms,
    reader.failed,
  ]);
}

/** The part as text. */
export function slowLines(report: SlowReport): readonly string[] {
  const { rounds, slowMs, slowedByMs, readsPerSecond, means, readers } = report;
  return [
    "",
    `One of three replicas answers ${slowedByMs} ms late, ${readsPerSecond} reads/s that wait for nobody: ` +
    `median [min … max] of ${rounds} rounds × ${slowMs} ms`,
    `  ${"".padEnd(NAME)} ${
      "p99, ms".padEnd(26)
    }  p50        mean       of plain  slow one  (p99 before)`,
    ...readers.map((reader) =>
      `  ${reader.name.padEnd(NAME)} ${show(reader.p99Ms, 1)}  ${brief(reader.p50Ms, 1, "ms")}  ` +
      `${brief(reader.meanMs, 1, "ms")}  ${brief(reader.meanOfPlain, 2, "×")}  ` +
      `${brief(percent(reader.slowShare), 1, "%")}  ${brief(reader.beforeP99Ms, 1, "ms")}` +
      faults({ failed: reader.failed }, reader.firstError)
    ),
    ...meanings(means),
  ];
}

function percent(ratio: Figure): Figure {
  if ("error" in ratio) return ratio;
  return { median: ratio.median * 100, min: ratio.min * 100, max: ratio.max * 100 };
}
