/**
 * Figure (f): what a fleet of any size does to its store and to a sick endpoint, with a shared belief and without.
 *
 * @module
 */

import { type Figure, figure } from "../figure.ts";
import { type FleetSample, measureFleet, type Sharing } from "./turn.ts";

/** How much is measured. */
export interface FleetEffort {
  /** Seeds for each fleet. */
  readonly rounds: number;
  readonly sizes: readonly number[];
}

/** The figures of one fleet. */
export type FleetFigures = { readonly [K in keyof FleetSample]: Figure };

export interface FleetResult extends FleetFigures {
  readonly isolates: number;
  readonly sharing: Sharing;
}

export const SHARINGS: readonly Sharing[] = ["alone", "shared", "probed"];

/** What the numbers are. */
export const FLEET_MEANS: Readonly<Record<string, string>> = {
  "alone": "every isolate finds out by its own calls, and makes its own trials",
  "shared": "by a store that is asked: Redis, Deno KV; one of all makes the trial",
  "probed": "by a store that looks at the endpoints itself: a Durable Object",
  "store": "calls/s to it before the outage, and in its busiest ten seconds",
  "away": "seconds until half, and 99 %, of all isolates leave the dead replica alone",
  "back":
    "seconds from its return until 99 %, and all, send it its full share (a ramp of 10 included)",
  "looks": "looks and trials a second that it gets in the last three of five minutes",
  "wasted": "calls that ended there, for each isolate",
};

/** Plays all of them. Nothing is timed: the same code gives the same figures on any machine. */
export function measureFleets({ rounds, sizes }: FleetEffort): readonly FleetResult[] {
  return sizes.flatMap((isolates) =>
    SHARINGS.map((sharing) => ({
      isolates,
      sharing,
      ...summarise(rounds, (seed) => measureFleet(isolates, sharing, seed)),
    }))
  );
}

/** Figures of so many seeds, or why there are none. */
export function summarise(rounds: number, play: (seed: number) => FleetSample): FleetFigures {
  let samples: readonly FleetSample[] = [];
  let error: string | undefined;
  try {
    samples = Array.from({ length: rounds }, (_, round) => play(round + 1));
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  const of = (read: (sample: FleetSample) => number): Figure => {
    return error === undefined ? figure(samples.map(read)) : { error };
  };
  return {
    quietPerSecond: of((sample) => sample.quietPerSecond),
    busyPerSecond: of((sample) => sample.busyPerSecond),
    halfAwaySeconds: of((sample) => sample.halfAwaySeconds),
    mostAwaySeconds: of((sample) => sample.mostAwaySeconds),
    mostBackSeconds: of((sample) => sample.mostBackSeconds),
    allBackSeconds: of((sample) => sample.allBackSeconds),
    looksPerSecond: of((sample) => sample.looksPerSecond),
    wastedPerIsolate: of((sample) => sample.wastedPerIsolate),
  };
}
