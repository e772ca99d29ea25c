/**
 * The largest fleet that is played, for an hour: its store is paced to one report of each isolate in 50 s.
 */

import { expect, test } from "vitest";
import { away, CALM, type Plan } from "./plan.ts";
import { brokenIn } from "./promises.ts";

const MINUTE_MS = 60_000;

const HOUR: Plan = {
  ...CALM,
  isolates: 10_000,
  forMs: 60 * MINUTE_MS,
  skewMs: 5 * MINUTE_MS,
  driftRatio: 0.001,
  liar: true,
  weather: { lossRatio: 0.02, doubleRatio: 0.02, lateRatio: 0.01 },
  changes: [
    ...away("replica1", 5 * MINUTE_MS, 10 * MINUTE_MS),
    ...away("replica2", 20 * MINUTE_MS, 25 * MINUTE_MS, ["south"]),
    ...away("primary", 35 * MINUTE_MS, 38 * MINUTE_MS),
  ],
};

test(
  "a fleet of 10,000 keeps its promises while a replica, a region's way and the primary fail",
  () => {
    expect(HOUR.isolates).toBe(10_000);
    brokenIn([HOUR]);
  },
  600_000,
);
