/**
 * Fleets that share a belief, on virtual time. A failing run prints its seed and the size of its fleet;
 * `FLEET_SEED=n FLEET_ISOLATES=m npm test -- test/simulation/fleet` plays that one again, and
 * `FLEET_RUNS=n` plays n times as many.
 */

import { expect, test } from "vitest";
import { drawPlan } from "./draw.ts";
import { play } from "./fleet.ts";
import { brokenIn, givenSeed } from "./promises.ts";

const RUNS = Number(process.env["FLEET_RUNS"] ?? 1);

/** A new one each time; the others are the same everywhere. */
const fresh = Math.floor(Math.random() * 2 ** 31);

function seeds(count: number): number[] {
  if (givenSeed !== undefined) return [Number(givenSeed)];
  return [...Array.from({ length: count * RUNS }, (_, n) => n + 1), fresh];
}

function sizes(): [isolates: number, seeds: number[]][] {
  const isolates = process.env["FLEET_ISOLATES"];
  if (isolates !== undefined) return [[Number(isolates), seeds(1)]];
  return [[1, seeds(100)], [2, seeds(40)], [10, seeds(40)], [100, seeds(6)], [1_000, seeds(1)]];
}

test.each(sizes())("a fleet of %i keeps its promises", (isolates, drawn) => {
  expect(brokenIn(drawn.map((seed) => drawPlan(seed, isolates)))).toBeUndefined();
}, 600_000);

test("play() plays the same seed twice the same way", () => {
  const once = play(drawPlan(3, 10));
  const again = play(drawPlan(3, 10));
  expect(once.ledger.incidents).toEqual(again.ledger.incidents);
  expect(once.ledger.syncs).toEqual(again.ledger.syncs);
  expect(once.ledger.syncs.some((count) => count > 0)).toBe(true);
});
