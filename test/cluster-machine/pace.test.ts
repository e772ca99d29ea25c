/** When something is due, and how often isolates come. */

import { expect, test } from "vitest";
import { due } from "../../src/cluster/due.ts";
import type { Belief, Beliefs } from "../../src/cluster/merge.ts";
import { merge } from "../../src/cluster/merge.ts";
import {
  asksForTrial,
  nextSyncAt,
  trialSyncAt,
  urgentSyncAt,
} from "../../src/cluster/reporting.ts";
import { isBusy } from "../../src/cluster/snapshot.ts";
import { down, outage, Stage, up } from "./stage.ts";

const dueOf = (stage: Stage) => due(stage.cluster, stage.now, stage.rules);

test("due() waits for nothing while all is quiet and nobody is there", () => {
  expect(dueOf(new Stage())).toEqual({ trials: [], wakeInMs: undefined });
  const stage = new Stage().report("a", { primary: up });
  expect(dueOf(stage).wakeInMs).toBe(10_000);
  expect(dueOf(stage.at(30_000)).wakeInMs).toBe(10_000);
  expect(dueOf(stage.at(30_001)).wakeInMs).toBeUndefined();
});

test("due() takes its own prober for nobody", () => {
  expect(dueOf(new Stage().report("prober", { primary: up })).wakeInMs).toBeUndefined();
});

test("due() names the trial when it may be claimed, and wakes for it", () => {
  const stage = outage();
  expect(dueOf(stage)).toEqual({ trials: [], wakeInMs: 1_000 });
  expect(dueOf(stage.at(2_000))).toEqual({ trials: ["replica"], wakeInMs: 1_000 });
  stage.claim("a", "replica");
  expect(dueOf(stage).trials).toEqual([]);
  expect(dueOf(stage.at(12_000)).trials).toEqual(["replica"]);
});

test("due() wakes no sooner than the pause ends while nobody is there", () => {
  const stage = outage().at(120_000);
  const token = stage.claim("store", "replica") ?? 0;
  for (let i = 0; i < 4; i++) {
    stage.report("store", { replica: { trial: { token, passed: false } } });
  }
  expect(dueOf(stage.at(160_000)).trials).toEqual(["replica"]);
  stage.claim("store", "replica");
  expect(dueOf(stage)).toEqual({ trials: [], wakeInMs: 10_000 });
});

test("due() wakes when the evidence gets old, though nobody says anything more", () => {
  const stage = new Stage().all(5, { primary: up, replica: up }).at(1_000).report("a0", {
    replica: down,
  });
  stage.at(30_999);
  expect(dueOf(stage).wakeInMs).toBe(2);
  expect(dueOf(stage.at(31_001).tick()).wakeInMs).toBeUndefined();
  expect(isBusy(stage.cluster)).toBe(false);
});

test("the pace is quick while something is the matter, and slower the larger the fleet", () => {
  expect(new Stage().report("a", { primary: up }).snapshot().nextSyncMs).toBe(10_000);
  expect(outage().snapshot().nextSyncMs).toBe(1_000);
  const large = new Stage().all(4_000, { primary: up });
  expect(large.snapshot()).toMatchObject({ nextSyncMs: 20_000, spreadMs: 20_000, fleet: 4_000 });
});

test("syncs are spread by a tenth to either side, and are never without a gap", () => {
  expect(nextSyncAt(5, 10_000, 0)).toBe(9_005);
  expect(nextSyncAt(5, 10_000, 0.5)).toBe(10_005);
  expect(nextSyncAt(5, 10_000, 0.999_999)).toBeLessThan(11_005);
  expect(nextSyncAt(5, 0, 0.5)).toBe(105);
});

const beliefs = (given: Partial<Beliefs>): Beliefs => ({
  ...merge(undefined, new Stage().snapshot(), 0),
  ...given,
});

test("news of a small fleet is told at once, but for a gap", () => {
  const small = beliefs({ nextSyncMs: 10_000, spreadMs: 25 });
  const told = (now: number) => urgentSyncAt(10_000, small, { now, lastAt: 0 });
  expect(told(50)).toBe(100);
  expect(told(6_000)).toBe(6_010);
  expect(urgentSyncAt(10_000, undefined, { now: 6_000, lastAt: -Infinity })).toBe(
    6_000,
  );
});

test("news of a large fleet is told evenly over the spread, whenever the last sync was", () => {
  const large = beliefs({ nextSyncMs: 10_000, spreadMs: 5_000 });
  const seconds = Array.from({ length: 5 }, () => 0);
  for (let lastAt = 0; lastAt < 10_000; lastAt += 10) {
    const at = urgentSyncAt(lastAt + 10_000, large, { now: 10_000, lastAt });
    const second = Math.floor((at - 10_000) / 1_000);
    seconds[second] = (seconds[second] ?? 0) + 1;
  }
  expect(seconds.map((n) => Math.round(n / 10))).toEqual([20, 20, 20, 20, 20]);
});

test("asked again, news is told no sooner", () => {
  const large = beliefs({ nextSyncMs: 10_000, spreadMs: 5_000 });
  const at = (now: number) => urgentSyncAt(10_000, large, { now, lastAt: 0 });
  expect(at(2_000)).toBe(6_000);
  expect(at(4_000)).toBeGreaterThanOrEqual(6_000);
  expect(at(9_999)).toBeLessThanOrEqual(10_000);
});

test("the result of a trial is told at once, however large the fleet", () => {
  expect(trialSyncAt(50_000, { now: 7_000, lastAt: 0 })).toBe(7_000);
  expect(trialSyncAt(50_000, { now: 7_000, lastAt: 6_950 })).toBe(7_050);
});

function openBelief(): Belief {
  const [, belief] = merge(undefined, outage().snapshot(), 0).endpoints;
  if (belief === undefined) throw new Error("Nothing is believed.");
  return belief;
}

test("about twenty of a fleet ask for the trial, one and all of a small one", () => {
  const open = openBelief();
  const asks = (fleet: number) => {
    let count = 0;
    for (let i = 0; i < fleet; i++) {
      const draw = { now: open.until, random: i / fleet, drawnFor: -1 };
      if (asksForTrial(open, beliefs({ fleet }), draw)) count++;
    }
    return count;
  };
  expect([1, 5, 20, 200, 10_000].map(asks)).toEqual([1, 5, 20, 20, 20]);
});

test("nobody asks for a trial before it is due, twice for one pause, or where the store makes it", () => {
  const open = openBelief();
  const draw = { now: open.until, random: 0, drawnFor: -1 };
  expect(asksForTrial(open, beliefs({}), draw)).toBe(true);
  expect(asksForTrial(open, beliefs({}), { ...draw, now: open.until - 1 })).toBe(false);
  expect(asksForTrial(open, beliefs({}), { ...draw, drawnFor: open.until })).toBe(false);
  expect(asksForTrial(open, beliefs({ probes: true }), draw)).toBe(false);
  expect(asksForTrial({ ...open, phase: "halfOpen" }, beliefs({}), draw)).toBe(false);
});
