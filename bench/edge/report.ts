/**
 * Figure (g) for people and for programs.
 *
 * @module
 */

import type { Figure } from "../figure.ts";
import { meanings, NAME, show } from "../text.ts";
import { EDGE_MEANS, type EdgeEffort, type EdgeResult, ROUND_TRIP_MS } from "./measure.ts";

/** The part as it stands in the JSON. */
export interface EdgeReport extends EdgeEffort {
  readonly roundTripMs: number;
  readonly means: Readonly<Record<string, string>>;
  readonly ways: readonly EdgeResult[];
}

/** Puts the figures beside how they were measured. */
export function edgeReport(effort: EdgeEffort, ways: readonly EdgeResult[]): EdgeReport {
  return { roundTripMs: ROUND_TRIP_MS, means: EDGE_MEANS, ...effort, ways };
}

/** All that have to be numbers. */
export function edgeFigures({ ways }: EdgeReport): readonly Figure[] {
  return ways.flatMap(({ selectMs, transactionMs }) => [selectMs, transactionMs]);
}

/** The part as text. */
export function edgeLines(report: EdgeReport): readonly string[] {
  const { rounds, requests, roundTripMs, means, ways } = report;
  return [
    "",
    `A Worker whose database is ${roundTripMs} ms away and back, ms: ` +
    `median [min … max] of ${rounds} rounds' medians of ${requests} requests`,
    `  ${"".padEnd(NAME)} ${"select".padEnd(26)}  transaction`,
    ...ways.map(({ name, selectMs, transactionMs, consistsOf }) =>
      `  ${name.padEnd(NAME)} ${show(selectMs, 1)}  ${show(transactionMs, 1)}  ${consistsOf}`
    ),
    ...meanings(means),
  ];
}
