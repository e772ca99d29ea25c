/**
 * How much is allowed, by the size of the fleet: stated here, checked in `watch.ts`.
 */

import type { Plan } from "./plan.ts";

export interface Bounds {
  /** How long an accusation may work on after an outage: it may be that old when it is said, and lasts as long. */
  readonly memoryMs: number;
  /**
   * Calls to the store, arrivals apart. Half as much again as it is paced to: where it heard of nobody for a
   * while it takes the fleet for smaller than it is, until all have come back.
   */
  readonly storePerSecond: number;
  /** Looks at one endpoint, for all. */
  readonly looksPerSecond: number;
  /**
   * Trials that isolates' own circuits let through, of those who were told: of an endpoint that is held 20 a
   * second in the mean (`adopt.ts`), and more while all hear of it.
   */
  readonly toldPerSecond: number;
  /**
   * From an outage for all until the store says so: until isolates find out by their own calls, and
   * those that are gone are forgotten.
   */
  readonly outMs: number;
  /** From an endpoint's recovery until everybody sends it its full share. */
  readonly backMs: number;
}

export function bounds({ isolates, rules, callEveryMs }: Plan): Bounds {
  const { syncsPerSecond, busySyncMs, quietSyncMs, evidenceMs, maxCooldownMs, rampMs } = rules;
  const spreadMs = (isolates * 1_000) / syncsPerSecond;
  return {
    memoryMs: 2 * Math.max(evidenceMs, 3 * spreadMs),
    storePerSecond: 1.5 * Math.min(syncsPerSecond, (isolates * 1_000) / busySyncMs) + 5,
    looksPerSecond: 2,
    toldPerSecond: 60,
    outMs: 90 * callEveryMs + 3 * busySyncMs + evidenceMs,
    backMs: maxCooldownMs + 3 * Math.max(quietSyncMs, spreadMs) + rampMs + 60_000,
  };
}
