/**
 * The simulation of fleets can fail: bugs are planted in the machine, and must be found.
 */

import { expect, test } from "vitest";
import type { Cluster, SharedEndpoint } from "../../../src/cluster/state.ts";
import { bounds } from "./bounds.ts";
import { play } from "./fleet.ts";
import { away, CALM, MACHINE, type Machine, type Place, type Plan, storeAway } from "./plan.ts";

const MINUTE_MS = 60_000;
const SOUTH: readonly Place[] = ["south"];

/** A replica is away for four minutes, unless something else is said. */
function breachOf(bug: Partial<Machine>, plan: Partial<Plan> = {}): string {
  const whole = {
    ...CALM,
    changes: away("replica1", 3 * MINUTE_MS, 7 * MINUTE_MS),
    machine: { ...MACHINE, ...bug },
    ...plan,
  };
  const forMs = 8 * MINUTE_MS + bounds(whole).backMs;
  return play({ ...whole, forMs }).breach ?? "none";
}

/** Where no bug is planted none is found: the plans below are fair. */
test.each<[string, Partial<Plan>]>([
  ["a replica away", {}],
  ["a replica away, with a prober", { prober: true }],
  ["a replica away for a region", {
    changes: away("replica1", 3 * MINUTE_MS, 7 * MINUTE_MS, SOUTH),
  }],
  ["the primary away", { changes: away("primary", 3 * MINUTE_MS, 7 * MINUTE_MS) }],
  ["a liar", { liar: true }],
  ["1,000 isolates", { isolates: 1_000 }],
  ["the store away", { changes: storeAway(3 * MINUTE_MS, 7 * MINUTE_MS) }],
])("play() finds nothing with %s", (_, plan) => {
  expect(breachOf({}, plan)).toBe("none");
});

/** A machine whose every new state is changed. */
function stepping(change: (endpoint: SharedEndpoint) => SharedEndpoint): Partial<Machine> {
  return {
    step: (...args) => {
      const after: Cluster = MACHINE.step(...args);
      const endpoints = after.endpoints.map(change);
      const isSame = endpoints.every((one, n) => one === after.endpoints[n]);
      return isSame ? after : { ...after, version: after.version + 1, endpoints };
    },
  };
}

/** Whoever is accused by so many is out, whatever the rest says. */
function credulous(accusers: number): Partial<Machine> {
  return {
    step: (cluster, event, now, draw) => {
      const after = MACHINE.step(cluster, event, now, draw);
      const endpoints = after.endpoints.map((one): SharedEndpoint => {
        if (one.circuit.phase !== "closed" || one.accusers.length < accusers) return one;
        const { round } = one.circuit;
        const until = now + 1_000;
        const because = "somebody said so";
        return {
          ...one,
          accusers: [],
          circuit: {
            phase: "open",
            round: round + 1,
            since: now,
            pausedAt: now,
            until,
            openings: 1,
            because,
          },
        };
      });
      return { ...after, version: after.version + 1, endpoints };
    },
  };
}

test("play() finds that one liar is believed", () => {
  expect(breachOf(credulous(1), { liar: true, changes: [] }))
    .toMatch(/was opened for everyone, but only 0 %/);
});

test("play() finds that a region takes a replica from everyone", () => {
  const changes = away("replica1", 3 * MINUTE_MS, 7 * MINUTE_MS, SOUTH);
  expect(breachOf(credulous(5), { changes }))
    .toMatch(/replica1 was opened for everyone, but only 30 %/);
});

test("play() finds that the last of its kind is taken from everyone", () => {
  const changes = away("primary", 3 * MINUTE_MS, 7 * MINUTE_MS);
  expect(breachOf(credulous(60), { changes })).toMatch(/the only primary was taken from everyone/);
});

test("play() finds that nobody is told of an outage", () => {
  const deaf = stepping((one) => one.accusers.length > 0 ? { ...one, accusers: [] } : one);
  expect(breachOf(deaf)).toMatch(/the store let everybody go there/);
});

test("play() finds two live trials of one endpoint", () => {
  const forgetful = stepping((one) => {
    if (one.circuit.phase !== "open" || one.circuit.trial === undefined) return one;
    const { trial: _, ...circuit } = one.circuit;
    return { ...one, circuit };
  });
  expect(breachOf(forgetful)).toMatch(/two live trials/);
});

test("play() finds looks that do not become fewer", () => {
  const hasty = stepping((one) => {
    return one.circuit.phase !== "open" || one.circuit.trial !== undefined ||
        one.circuit.until === 0
      ? one
      : { ...one, circuit: { ...one.circuit, until: 0 } };
  });
  const eager: Partial<Machine> = {
    ...hasty,
    asksForTrial: ({ phase }) => phase === "open",
  };
  // Trials end soon enough for one after the other: nothing else holds them back.
  const rules = { ...CALM.rules, trialTimeoutMs: 100 };
  expect(breachOf(eager, { rules })).toMatch(/looks\/s at replica1/);
});

test("play() finds that the trials of an endpoint that is held grow with the fleet", () => {
  const adopt: Machine["adopt"] = (belief, own, around) => {
    const adoption = MACHINE.adopt(belief, own, around);
    if (!belief.held || adoption.event?.type !== "told") return adoption;
    return { ...adoption, event: { type: "alive" } };
  };
  const changes = away("primary", 3 * MINUTE_MS, 7 * MINUTE_MS);
  expect(breachOf({ adopt }, { changes, isolates: 1_000 }))
    .toMatch(/trials\/s at primary of those who were told/);
});

test("play() finds a store whose load grows with the fleet", () => {
  const snapshotOf: Machine["snapshotOf"] = (...args) => ({
    ...MACHINE.snapshotOf(...args),
    nextSyncMs: 1_000,
    spreadMs: 0,
  });
  const rules = { ...CALM.rules, syncsPerSecond: 20 };
  expect(breachOf({ snapshotOf }, { rules })).toMatch(/calls\/s at the store/);
});

test("play() finds that an endpoint stays locked out", () => {
  const adopt: Machine["adopt"] = (...args) => {
    const adoption = MACHINE.adopt(...args);
    const { event } = adoption;
    if (event?.type === "recovered") return { ...adoption, event: undefined };
    return event?.type === "told"
      ? { ...adoption, event: { type: "told", until: Infinity } }
      : adoption;
  };
  expect(breachOf({ adopt })).toMatch(/replica1 does not get its share/);
});

test("play() finds that trials of which nobody tells the result keep an endpoint out", () => {
  const trialSyncAt: Machine["trialSyncAt"] = (_, { now }) => now + 15_000;
  expect(breachOf({ trialSyncAt })).toMatch(/replica1 (had its full share back|does not get)/);
});

test("play() finds that a cold isolate calls what it was told is out", () => {
  const adopt: Machine["adopt"] = (belief, own, around) => {
    return own.answeredAt === -Infinity && belief.phase === "open"
      ? { event: undefined, ramp: undefined, told: undefined }
      : MACHINE.adopt(belief, own, around);
  };
  expect(breachOf({ adopt })).toMatch(/was told that replica1 is out, has no answer/);
});

test("play() finds a version that falls", () => {
  const step: Machine["step"] = (...args) => {
    const after = MACHINE.step(...args);
    return after.version > 3 ? { ...after, version: 0 } : after;
  };
  expect(breachOf({ step })).toMatch(/the version fell/);
});
