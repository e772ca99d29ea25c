/**
 * An endpoint's health in one number, and in words.
 *
 * 100 (well) minus what each sign takes away, and never below 0 (dead). Every loss is a whole number,
 * so that those in {@link because} add up to the score.
 *
 * | Sign                        | Free up to | Takes away                    | At most | Why so much |
 * | --------------------------- | ---------- | ----------------------------- | ------- | --- |
 * | circuit open or isolated    |            | all                           | 100     | nothing goes there |
 * | suspicion: down             |            | all                           | 100     | it does not answer |
 * | circuit half-open           |            | what the rest leaves above 25 | 75      | worth something, but less than any that works |
 * | suspicion: suspect          |            | a flat amount                 | 20      | as one failure where there is little traffic; among a thousand calls it would not show |
 * | calls failed, of the window |            | their share                   | 100     | that share of calls finds no answer there |
 * | calls slow, of the window   |            | half their share              | 50      | late is half as bad as never |
 * | answers against its usual   | 1.5 times  | 10 for each time more         | 40      | it serves still; past 4.5 times it is under the 70 that alerts look for |
 * | connections used            | 80 %       | 1 for each percent more       | 20      | a warning: those open go on, new ones are soon refused |
 * | behind its primary          | 10 s       | 1 for each 3 s more           | 20      | wrong only for those who mind, and they have a lag cap |
 * | transaction check failed    |            | a flat amount                 | 40      | half of its work; alone enough to be under 70 |
 *
 * Fewer than 5 calls count as 5: one failure in one call proves little. What is not known takes
 * nothing away. A ramp is no sign: an endpoint that gets little traffic for a while is not sick.
 *
 * @module
 */

import type { CircuitPhase, Suspicion } from "../model/event.ts";

/** What is known of an endpoint. */
export interface Signs {
  readonly phase: CircuitPhase;
  /** The circuit's window. */
  readonly window: { readonly calls: number; readonly failures: number; readonly slow: number };
  readonly suspicion: Suspicion;
  /** Its answer time now over its own usual one: 1 is as usual, 0 unknown. */
  readonly slowness: number;
  /** Its connections in use, by anyone, of those it allows (`max_connections`), 0 to 1. */
  readonly usedRatio: number | undefined;
  /** How far it is behind its primary. */
  readonly lagMs: number | undefined;
  /** Whether its last transaction check went well: begin, on a primary be allowed to write, roll back. */
  readonly canTransact: boolean | undefined;
}

const ALL = 100;
const ON_TRIAL = 25;
const SUSPECT = 20;
const ENOUGH_CALLS = 5;
const SLOW_CALL = 0.5;
const FREE_SLOWNESS = 1.5;
const PER_TIME_SLOWER = 10;
const MOST_FOR_SLOWNESS = 40;
const FREE_USED_PERCENT = 80;
const MOST_FOR_USED = 20;
const FREE_LAG_S = 10;
const LAG_S_PER_POINT = 3;
const MOST_FOR_LAG = 20;
const NO_TRANSACTIONS = 40;

/** Health from 0 (dead) to 100 (well), a whole number. Allocates nothing. */
export function score(signs: Signs): number {
  const lost = lostToSigns(signs);
  return Math.max(0, ALL - lost - lostToTrial(signs, lost));
}

/** Each loss in words and numbers, the gravest kind first: `"12 of 40 calls failed: −30"`. */
export function because(signs: Signs): readonly string[] {
  const reasons: string[] = [];
  for (const loss of LOSSES) tell(reasons, loss.says(signs), loss.takes(signs));
  tell(reasons, "its circuit is on trial", lostToTrial(signs, lostToSigns(signs)));
  return reasons;
}

function tell(reasons: string[], says: string, lost: number): void {
  if (lost > 0) reasons.push(`${says}: −${lost}`);
}

/** A row of the table above. */
interface Loss {
  readonly takes: (signs: Signs) => number;
  readonly says: (signs: Signs) => string;
}

const LOSSES: readonly Loss[] = [
  {
    takes: ({ phase }) => phase === "open" || phase === "isolated" ? ALL : 0,
    says: ({ phase }) => phase === "isolated" ? "isolated by hand" : "circuit is open",
  },
  {
    takes: ({ suspicion }) => suspicion === "down" ? ALL : 0,
    says: () => "does not answer",
  },
  {
    takes: ({ suspicion }) => suspicion === "suspect" ? SUSPECT : 0,
    says: () => "failed of late and has not answered often enough since",
  },
  {
    takes: ({ window }) => lostToCalls(window.failures, window.calls),
    says: ({ window }) => `${ofCalls(window.failures, window.calls)} failed${few(window.calls)}`,
  },
  {
    takes: ({ window }) => lostToCalls(SLOW_CALL * window.slow, window.calls),
    says: ({ window }) => `${ofCalls(window.slow, window.calls)} were slow${few(window.calls)}`,
  },
  {
    takes: ({ slowness }) =>
      bounded((slowness - FREE_SLOWNESS) * PER_TIME_SLOWER, MOST_FOR_SLOWNESS),
    says: ({ slowness }) => `answers take ${slowness.toFixed(1)} times as long as usual`,
  },
  {
    takes: ({ usedRatio }) => bounded(percent(usedRatio) - FREE_USED_PERCENT, MOST_FOR_USED),
    says: ({ usedRatio }) => `${percent(usedRatio)} % of its connections are used`,
  },
  {
    takes: ({ lagMs }) => bounded((seconds(lagMs) - FREE_LAG_S) / LAG_S_PER_POINT, MOST_FOR_LAG),
    says: ({ lagMs }) => `${seconds(lagMs)} s behind its primary`,
  },
  {
    takes: ({ canTransact }) => canTransact === false ? NO_TRANSACTIONS : 0,
    says: () => "failed its last transaction check",
  },
];

function lostToSigns(signs: Signs): number {
  let lost = 0;
  // By index: an iterator would be allocated where this is not compiled yet.
  for (let row = 0; row < LOSSES.length; row++) lost += LOSSES[row]?.takes(signs) ?? 0;
  return lost;
}

/** A limit, and no loss of its own: the window still holds the failures that opened the circuit. */
function lostToTrial({ phase }: Signs, lost: number): number {
  return phase === "halfOpen" ? Math.max(0, ALL - ON_TRIAL - lost) : 0;
}

function lostToCalls(bad: number, calls: number): number {
  return bounded((ALL * bad) / Math.max(calls, ENOUGH_CALLS), ALL);
}

/** A whole number from 0 to `most`; what is not a number takes nothing. */
function bounded(loss: number, most: number): number {
  return loss > 0 ? Math.round(Math.min(loss, most)) : 0;
}

function ofCalls(bad: number, calls: number): string {
  return `${bad} of ${calls} calls`;
}

function few(calls: number): string {
  return calls < ENOUGH_CALLS ? ` (fewer than ${ENOUGH_CALLS} count as ${ENOUGH_CALLS})` : "";
}

function percent(ratio: number | undefined): number {
  return Math.round(100 * (ratio ?? 0));
}

function seconds(ms: number | undefined): number {
  return Math.round((ms ?? 0) / 1_000);
}
