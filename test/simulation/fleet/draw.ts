/**
 * Plans from seeds: which fleet, which troubles, which weather.
 */

import type { Random } from "../../../src/ports.ts";
import { seeded } from "../../virtual.ts";
import { bounds } from "./bounds.ts";
import { away, CALM, type Change, FINE, type Plan, storeAway, type Weather } from "./plan.ts";

const MINUTE_MS = 60_000;
/** Until the fleet is up and counted. */
const BEGIN_MS = 3 * MINUTE_MS;

const TROUBLES = [
  "replica",
  "primary",
  "replicaFromSouth",
  "primaryFromSouth",
  "replicaThenStore",
  "storeThenReplica",
  "storeFromSouth",
  "flapping",
] as const;

/** The plan of a seed, for a fleet of that size. */
export function drawPlan(seed: number, isolates: number): Plan {
  // Not the same draws as the run's own.
  const random = seeded(seed ^ 0x5eed);
  const trouble = one(random, TROUBLES);
  const changes = draw(trouble, random);
  const endsAt = Math.max(...changes.map(({ at }) => at));
  const plan: Plan = {
    ...CALM,
    seed,
    isolates,
    changes,
    prober: random() < 0.4,
    liar: isolates >= 3 && random() < 0.3,
    replicas: random() < 0.5 ? 2 : 3,
    deployMs: one(random, [1_000, 30_000]),
    livesMs: one(random, [3, 10, 60]) * MINUTE_MS,
    callEveryMs: one(random, [100, 500, 2_000]),
    skewMs: one(random, [0, 5 * MINUTE_MS]),
    driftRatio: one(random, [0, 0.001]),
    weather: drawWeather(random),
  };
  return { ...plan, forMs: endsAt + bounds(plan).backMs + MINUTE_MS };
}

function drawWeather(random: Random): Weather {
  if (random() < 0.5) return FINE;
  return {
    lossRatio: one(random, [0, 0.02, 0.1]),
    doubleRatio: one(random, [0, 0.05]),
    lateRatio: one(random, [0, 0.02]),
  };
}

function draw(trouble: (typeof TROUBLES)[number], random: Random): Change[] {
  const from = BEGIN_MS + random() * MINUTE_MS;
  const until = from + (1 + 4 * random()) * MINUTE_MS;
  switch (trouble) {
    case "replica":
      return away("replica1", from, until);
    case "primary":
      return away("primary", from, until);
    case "replicaFromSouth":
      return away("replica1", from, until, ["south"]);
    case "primaryFromSouth":
      return away("primary", from, until, ["south"]);
    case "replicaThenStore":
      return [...away("replica1", from, until), ...storeAway(from + 20_000, until + 30_000)];
    case "storeThenReplica":
      return [...storeAway(from, until), ...away("replica1", from + 20_000, until + MINUTE_MS)];
    case "storeFromSouth":
      return [...storeAway(from, until, ["south"]), ...away("replica1", from, until)];
    case "flapping":
      return [0, 1, 2, 3].flatMap((n) => {
        const at = from + n * 45_000;
        return away("replica1", at, at + 20_000);
      });
    default:
      return trouble satisfies never;
  }
}

function one<T>(random: Random, list: readonly T[]): T {
  const drawn = list[Math.floor(random() * list.length)];
  if (drawn === undefined) throw new Error("Nothing to draw from");
  return drawn;
}
