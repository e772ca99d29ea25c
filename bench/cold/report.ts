/**
 * Figure (h) for people and for programs.
 *
 * @module
 */

import type { Figure } from "../figure.ts";
import { meanings, NAME, show } from "../text.ts";
import { COLD_MEANS, type ColdEffort, type ColdResult } from "./measure.ts";

/** The part as it stands in the JSON. */
export interface ColdReport extends ColdEffort {
  readonly means: Readonly<Record<string, string>>;
  readonly programs: readonly ColdResult[];
}

/** Puts the figures beside how they were measured. */
export function coldReport(effort: ColdEffort, programs: readonly ColdResult[]): ColdReport {
  return { means: COLD_MEANS, ...effort, programs };
}

/** All that have to be numbers. */
export function coldFigures({ programs }: ColdReport): readonly Figure[] {
  return programs.map(({ firstAnswerMs }) => firstAnswerMs);
}

/** The part as text. */
export function coldLines({ rounds, isolates, means, programs }: ColdReport): readonly string[] {
  return [
    "",
    `A Worker's fresh isolate, ms: median [min … max] of ${rounds} rounds' medians of ${isolates} isolates`,
    ...programs.map(({ name, firstAnswerMs, bytes }) =>
      `  ${name.padEnd(NAME)} ${show(firstAnswerMs, 1)}  ${(bytes / 1_000).toFixed(0)} kB to read`
    ),
    ...meanings(means),
  ];
}
