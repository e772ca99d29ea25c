/**
 * Fleets that share a belief, over virtual hours. A failing run prints its seed and the size of its fleet;
 * `FLEET_SEED=n FLEET_ISOLATES=m npm test -- test/simulation/fleet` plays that one again, and
 * `FLEET_RUNS=n` plays n times as many.
 */

import { expect, test } from "vitest";
import { bounds } from "./bounds.ts";
import { drawPlan } from "./draw.ts";
import { type Ended, play } from "./fleet.ts";
import { away, CALM, type Plan } from "./plan.ts";

const RUNS = Number(process.env["FLEET_RUNS"] ?? 1);
const given = process.env["FLEET_SEED"];
const HOUR_MS = 3_600_000;

/** A fresh one each time; the others are the same everywhere. */
const fresh = Math.floor(Math.random() * 2 ** 31);

function seeds(count: number): number[] {
  if (given !== undefined) return [Number(given)];
  return [...Array.from({ length: count * RUNS }, (_, n) => n + 1), fresh];
}

function sizes(): [isolates: number, seeds: number[]][] {
  const isolates = process.env["FLEET_ISOLATES"];
  if (isolates !== undefined) return [[Number(isolates), seeds(1)]];
  return [[1, seeds(100)], [2, seeds(40)], [10, seeds(40)], [100, seeds(6)], [1_000, seeds(1)]];
}

function breachIn(plan: Plan): string | undefined {
  const { breach } = play(plan);
  return breach && `${breach}\nReplay it with FLEET_SEED=${plan.seed} ` +
      `FLEET_ISOLATES=${plan.isolates} npm test -- test/simulation/fleet`;
}

/** The longest it took until everybody sent a full share again. */
function longestBackMs({ ledger: { incidents } }: Ended): number {
  return Math.max(...incidents.map(({ upAt = 0, allBackAt = Infinity }) => allBackAt - upAt));
}

test.each(sizes())("a fleet of %i keeps its promises", (isolates, drawn) => {
  for (const seed of drawn) expect(breachIn(drawPlan(seed, isolates))).toBeUndefined();
}, 600_000);

test(
  "a fleet of 10,000 keeps its promises for an hour in which a replica, a region's way and the primary fail",
  () => {
    const minute = 60_000;
    const ended = play({
      ...CALM,
      seed: given === undefined ? 1 : Number(given),
      isolates: 10_000,
      forMs: HOUR_MS,
      skewMs: 5 * minute,
      driftRatio: 0.001,
      liar: true,
      weather: { lossRatio: 0.02, doubleRatio: 0.02, lateRatio: 0.01 },
      changes: [
        ...away("replica1", 5 * minute, 10 * minute),
        ...away("replica2", 20 * minute, 25 * minute, ["south"]),
        ...away("primary", 35 * minute, 38 * minute),
      ],
    });
    expect(ended.breach).toBeUndefined();
    const { backMs } = bounds(ended.plan);
    const seconds = Math.round(longestBackMs(ended) / 1_000);
    console.log(
      `10,000 isolates: all back ${seconds} s after recovery, allowed are ${backMs / 1_000} s`,
    );
  },
  600_000,
);

test("play() plays the same seed twice the same way", () => {
  const once = play(drawPlan(3, 10));
  const again = play(drawPlan(3, 10));
  expect(once.ledger.incidents).toEqual(again.ledger.incidents);
  expect(once.ledger.syncs).toEqual(again.ledger.syncs);
  expect(once.ledger.syncs.some((count) => count > 0)).toBe(true);
});
