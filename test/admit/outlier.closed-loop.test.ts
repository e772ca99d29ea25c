/**
 * Three replicas, a sweep per second, and calls spread over those that are in: who is sent away, how soon,
 * and how does it come back?
 */

import { expect, test } from "vitest";
import {
  isEjected,
  noOutliers,
  OUTLIER_DEFAULTS,
  type Outliers,
  sweep,
} from "../../src/admit/outlier.ts";
import { freshPace, notePace, slowness } from "../../src/time/pace.ts";
import { logNormal } from "./database.ts";

const IDS = ["near", "far", "farther"] as const;
const USUAL_MS: Record<string, number> = { near: 5, far: 40, farther: 120 };

interface Told {
  readonly atSecond: number;
  readonly change: "ejected" | "returned";
  readonly id: string;
}

/** Runs `seconds` of `perSecond` calls; `factor` is how many times as long as usual each takes. */
function run(
  seconds: number,
  perSecond: number,
  factor: (id: string, second: number) => number,
): { told: Told[]; slowCalls: number } {
  const noise = logNormal(0.7, 5);
  const paces = new Map(IDS.map((id) => [id, freshPace()]));
  const told: Told[] = [];
  let state: Outliers = noOutliers;
  let [turn, slowCalls] = [0, 0];
  for (let second = 0; second < seconds; second++) {
    const sums = new Map(IDS.map((id) => [id, { calls: 0, tookMs: 0 }]));
    for (let call = 0; call < perSecond; call++) {
      const now = second * 1_000 + call * 1_000 / perSecond;
      const open = IDS.filter((id) => !isEjected(state, id, now));
      const id = open[turn++ % open.length] ?? "near";
      const slower = factor(id, second) * noise();
      if (factor(id, second) > 1) slowCalls += 1;
      const [pace, sum] = [paces.get(id), sums.get(id)];
      if (pace === undefined || sum === undefined) throw new Error(`no ${id}`);
      notePace(pace, slower, now);
      sum.calls += 1;
      sum.tookMs += slower * (USUAL_MS[id] ?? 0);
    }
    const now = (second + 1) * 1_000;
    const observations = [...sums].map(([id, { calls, tookMs }]) => ({
      id,
      calls,
      failures: 0,
      slowness: slowness(paces.get(id) ?? freshPace(), now),
      latencyMs: tookMs / Math.max(1, calls),
    }));
    const sighting = { observations, allowedEjections: 1, random: 0.5 };
    const swept = sweep(state, sighting, now, OUTLIER_DEFAULTS);
    state = swept.state;
    const atSecond = second + 1;
    for (const id of swept.returned) told.push({ atSecond, change: "returned", id });
    for (const { id } of swept.ejected) told.push({ atSecond, change: "ejected", id });
  }
  return { told, slowCalls };
}

test("nobody is ever ejected while all are as usual, however far away and however noisy", () => {
  for (const perSecond of [10, 60, 600]) {
    expect(run(1_800, perSecond, () => 1).told).toEqual([]);
  }
});

test("a replica that slows tenfold is out within five seconds, and most calls miss it from then on", () => {
  const { told, slowCalls } = run(360, 300, (id, s) => id === "far" && s >= 300 ? 10 : 1);
  expect(told[0]).toMatchObject({ change: "ejected", id: "far" });
  expect(told[0]?.atSecond).toBeLessThanOrEqual(305);
  expect(new Set(told.map(({ id }) => id))).toEqual(new Set(["far"]));
  // Without ejection a third of the minute's 18,000 would be slow.
  expect(slowCalls).toBeLessThan(6_000 / 2);
});

test("a replica that got well again is back for good after its last time out", () => {
  const { told } = run(600, 300, (id, s) => id === "far" && s >= 300 && s < 310 ? 10 : 1);
  expect(told.at(-1)).toMatchObject({ change: "returned", id: "far" });
  expect(told.at(-1)?.atSecond).toBeLessThan(330);
});

test("nobody is ejected when all slow tenfold at once, nor when the fastest slows by less than matters", () => {
  expect(run(600, 300, (_id, s) => s >= 300 ? 10 : 1).told).toEqual([]);
  expect(run(600, 300, (id, s) => id === "near" && s >= 300 ? 4 : 1).told).toEqual([]);
});
