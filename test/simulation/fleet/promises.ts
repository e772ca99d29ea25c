/**
 * Plays plans that have to keep all promises.
 */

import { bounds } from "./bounds.ts";
import { play } from "./fleet.ts";
import type { Plan } from "./plan.ts";

/** Played instead of all others; see `fleet.test.ts`. */
export const givenSeed: string | undefined = process.env["FLEET_SEED"];

/** The first promise that is broken, with the seed; `undefined`: none. Prints how long a return took at most. */
export function brokenIn(plans: readonly Plan[]): string | undefined {
  let tookMs = 0;
  for (const plan of plans) {
    const { breach, ledger: { incidents } } = play(plan);
    const { seed, isolates } = plan;
    if (breach !== undefined) {
      return `${breach}\nReplay it with FLEET_SEED=${seed} FLEET_ISOLATES=${isolates} ` +
        `npm test -- test/simulation/fleet`;
    }
    for (const { upAt, allBackAt } of incidents) {
      if (upAt !== undefined && allBackAt !== undefined) {
        tookMs = Math.max(tookMs, allBackAt - upAt);
      }
    }
  }
  const allowedMs = Math.max(...plans.map((plan) => bounds(plan).backMs));
  const [took, allowed] = [tookMs, allowedMs].map((ms) => Math.round(ms / 1_000));
  const { isolates } = plans[0] ?? {};
  console.log(`${isolates} isolates: all back after ${took} s at most, allowed are ${allowed} s`);
  return undefined;
}
