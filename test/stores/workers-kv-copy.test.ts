import { expect, test } from "vitest";
import { readCopy, writeCopy } from "../../adapters/stores/workers-kv/copy.ts";
import type { Snapshot } from "../../mod.ts";

const SNAPSHOT: Snapshot = {
  v: 1,
  origin: "o",
  version: 7,
  nextSyncMs: 1_000,
  spreadMs: 10,
  fleet: 3,
  probes: true,
  endpoints: [
    { id: "p", phase: "closed", round: 0, role: { role: "primary", generation: 2, agoMs: 5 } },
    { id: "q", phase: "closed", round: 1, ramp: { elapsedMs: 9_000, overMs: 10_000 } },
    {
      id: "r",
      phase: "open",
      round: 3,
      openForMs: 100,
      remainingMs: 2_500,
      lag: { lagMs: 7, agoMs: 1 },
    },
  ],
  assignment: { number: 1, from: "a", to: "p", agoMs: 50 },
};

test("a copy is as old as the time it lay there", () => {
  expect(readCopy(writeCopy(SNAPSHOT, 1_000), 3_000)).toEqual({
    ...SNAPSHOT,
    endpoints: [
      {
        id: "p",
        phase: "closed",
        round: 0,
        role: { role: "primary", generation: 2, agoMs: 2_005 },
      },
      { id: "q", phase: "closed", round: 1 },
      {
        id: "r",
        phase: "open",
        round: 3,
        openForMs: 2_100,
        remainingMs: 500,
        lag: { lagMs: 7, agoMs: 2_001 },
      },
    ],
    assignment: { number: 1, from: "a", to: "p", agoMs: 2_050 },
  });
});

test("a copy out of the future is as new as can be", () => {
  expect(readCopy(writeCopy(SNAPSHOT, 9_000), 3_000)).toEqual(SNAPSHOT);
});

test.each(["", "null", "[]", "{}", '{"v":1,"at":1}', '{"v":1,"at":"x","snapshot":{}}', "{ half"])(
  "%s is no copy",
  (text) => {
    expect(readCopy(text, 1)).toBeUndefined();
  },
);
