/**
 * How much is allowed, by the size of the fleet: stated here, checked in `watch.ts`.
 */

import type { Plan } from "./plan.ts";

export interface Bounds {
  /** How long an accusation may work on after an outage. */
  readonly memoryMs: number;
  /** Calls to the store. */
  readonly storePerSecond: number;
  /** Looks at one endpoint, for all. */
  readonly looksPerSecond: number;
  /**
   * Trials that isolates' own circuits let through, of those who were told: of an endpoint that is held 20 a
   * second in the mean (`adopt.ts`), and more while all hear of it.
   */
  readonly toldPerSecond: number;
  /** From an outage for all until the store says so: above all until isolates find out by their own calls. */
  readonly outMs: number;
  /** From an endpoint's recovery until everybody sends it its full share. */
  readonly backMs: number;
}

export function bounds({ isolates, rules, callEveryMs }: Plan): Bounds {
  const { syncsPerSecond, busySyncMs, quietSyncMs, evidenceMs, maxCooldownMs, rampMs } = rules;
  const spreadMs = (isolates * 1_000) / syncsPerSecond;
  return {
    memoryMs: Math.max(evidenceMs, 3 * spreadMs),
    storePerSecond: 2 * Math.min(syncsPerSecond, (isolates * 1_000) / busySyncMs) + 5,
    looksPerSecond: 2,
    toldPerSecond: 60,
    outMs: 90 * callEveryMs + 3 * busySyncMs + 10_000,
    backMs: maxCooldownMs + 3 * Math.max(quietSyncMs, spreadMs) + rampMs + 60_000,
  };
}
