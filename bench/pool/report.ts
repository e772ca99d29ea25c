/**
 * Figure (d) for people and for programs.
 *
 * @module
 */

import type { Figure } from "../figure.ts";
import { brief, faults, meanings, NAME, show } from "../text.ts";
import { POOL_CALLERS, POOL_CONNECTIONS, POOL_MEANS } from "./measure.ts";
import type { PoolEffort, PoolResults } from "./measure.ts";

/** The part as it stands in the JSON. */
export interface PoolReport extends PoolEffort, PoolResults {
  readonly callers: number;
  /** Everybody's pool. */
  readonly allowedConnections: number;
  readonly means: Readonly<Record<string, string>>;
}

/** Puts the figures beside how they were measured. */
export function poolReport(effort: PoolEffort, results: PoolResults): PoolReport {
  return {
    callers: POOL_CALLERS,
    allowedConnections: POOL_CONNECTIONS,
    means: POOL_MEANS,
    ...effort,
    ...results,
  };
}

/** All that have to be numbers. */
export function poolFigures({ pools, ofEach }: PoolReport): readonly Figure[] {
  return [
    ...pools.flatMap((pool) => [
      pool.perSecond,
      pool.p50Ms,
      pool.p99Ms,
      pool.maxMs,
      pool.cpuMicros,
      pool.heapMb,
      pool.rssMb,
      pool.connections,
      pool.failed,
      pool.unanswered,
    ]),
    ...ofEach.map(({ ratio }) => ratio),
  ];
}

/** The part as text. */
export function poolLines(report: PoolReport): readonly string[] {
  const { callers, allowedConnections, rounds, turnMs, means, pools, ofEach } = report;
  return [
    "",
    `${callers} callers on ${allowedConnections} connections, select by primary key, a process each: ` +
    `median [min … max] of ${rounds} rounds × ${turnMs} ms`,
    `  ${"".padEnd(NAME)} ${"queries/s".padEnd(26)}  ${"p99, ms".padEnd(26)}  p50`,
    ...pools.map((pool) =>
      `  ${pool.name.padEnd(NAME)} ${show(pool.perSecond, 0)}  ${show(pool.p99Ms, 1)}  ` +
      `${brief(pool.p50Ms, 1, "ms")}  ${brief(pool.maxMs, 0, "ms longest")}  ` +
      `${brief(pool.cpuMicros, 1, "µs CPU")}  ${brief(pool.connections, 0, "connections")}` +
      faults({ failed: pool.failed, unanswered: pool.unanswered }, pool.firstError)
    ),
    `  ${"Memory, MB".padEnd(NAME)} ${"heap".padEnd(26)}  process`,
    ...pools.map((pool) =>
      `  ${pool.name.padEnd(NAME)} ${show(pool.heapMb, 2)}  ${show(pool.rssMb, 1)}`
    ),
    ...ofEach.map(({ name, ratio }) => `  ${`holdfast / ${name}`.padEnd(NAME)} ${show(ratio, 2)}`),
    ...meanings(means),
  ];
}
