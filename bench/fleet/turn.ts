/**
 * One fleet through one outage, on virtual time.
 *
 * @module
 */

import { bounds } from "../../test/simulation/fleet/bounds.ts";
import { play } from "../../test/simulation/fleet/fleet.ts";
import { busiest, type Incident, type Ledger } from "../../test/simulation/fleet/ledger.ts";
import { away, CALM, type Plan } from "../../test/simulation/fleet/plan.ts";

/** How a fleet shares what it knows. */
export type Sharing = "alone" | "shared" | "probed";

/** The outage, in seconds: the fleet is up and counted by then. */
const DOWN_AT = 180;
const UP_AT = 480;
/** By then it is known to all, in any fleet that is measured. */
const KNOWN_AT = 300;
/** Most of something within so many seconds. */
const SPAN = 10;

/** One run's numbers. */
export interface FleetSample {
  /** Calls to the store, a second: before, and in the busiest ten seconds of the outage. */
  readonly quietPerSecond: number;
  readonly busyPerSecond: number;
  /** From the outage until half, and 99 %, of all leave the endpoint alone. */
  readonly halfAwaySeconds: number;
  readonly mostAwaySeconds: number;
  /** From the recovery until 99 %, and all, send it its full share. */
  readonly mostBackSeconds: number;
  readonly allBackSeconds: number;
  /** Looks and trials that the sick endpoint gets, a second: once all know. */
  readonly looksPerSecond: number;
  /** Calls that ended there, trials included, for each isolate. */
  readonly wastedPerIsolate: number;
}

/** Plays it. The same seed has the same isolates, which live as long and call as often. */
export function measureFleet(isolates: number, sharing: Sharing, seed: number): FleetSample {
  const plan: Plan = {
    ...CALM,
    seed,
    isolates,
    shared: sharing !== "alone",
    prober: sharing === "probed",
    changes: away("replica1", DOWN_AT * 1_000, UP_AT * 1_000),
  };
  const forMs = UP_AT * 1_000 + bounds(plan).backMs;
  const { ledger, breach } = play({ ...plan, forMs });
  if (breach !== undefined) throw new Error(breach);
  const [incident] = ledger.incidents;
  if (incident === undefined) throw new Error("The endpoint never went away");
  return numbers(ledger, incident, isolates);
}

function numbers(ledger: Ledger, incident: Incident, isolates: number): FleetSample {
  const { syncs, claims, looks, ownTrials, toldTrials, wasted } = ledger;
  const { index, downAt, upAt = Infinity } = incident;
  const store = [syncs, claims];
  const seen = [looks, ownTrials, toldTrials].flatMap((kind) => kind.slice(index, index + 1));
  const lasted = UP_AT - KNOWN_AT;
  const total = wasted[index]?.reduce((sum, count) => sum + count, 0) ?? 0;
  return {
    quietPerSecond: busiest(store, DOWN_AT / 2, DOWN_AT / 2, DOWN_AT),
    busyPerSecond: busiest(store, SPAN, DOWN_AT, UP_AT),
    halfAwaySeconds: (at(incident.halfAwayAt) - downAt) / 1_000,
    mostAwaySeconds: (at(incident.mostAwayAt) - downAt) / 1_000,
    mostBackSeconds: (at(incident.mostBackAt) - upAt) / 1_000,
    allBackSeconds: (at(incident.allBackAt) - upAt) / 1_000,
    looksPerSecond: busiest(seen, lasted, KNOWN_AT, UP_AT),
    wastedPerIsolate: total / isolates,
  };
}

function at(instant: number | undefined): number {
  if (instant === undefined) throw new Error("The fleet did not come so far");
  return instant;
}
