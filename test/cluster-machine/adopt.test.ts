/** What an isolate makes of the snapshots it gets. */

import { describe, expect, test } from "vitest";
import { type Circuit, CIRCUIT_DEFAULTS, closedCircuit, step } from "../../src/admit/circuit.ts";
import { adopt, type OwnView, validMs } from "../../src/cluster/adopt.ts";
import { type Belief, merge } from "../../src/cluster/merge.ts";
import { outage, Stage, up } from "./stage.ts";

describe("merge()", () => {
  test("merge() puts durations on the isolate's own clock", () => {
    const stage = outage().at(1_400);
    const [primary, replica] = merge(undefined, stage.snapshot(), 50).endpoints;
    expect(primary).toMatchObject({ phase: "closed", held: false, removed: false });
    expect(replica).toMatchObject({ phase: "open", openedAt: -350, until: 650, round: 1 });
  });

  test("merge() puts ramps, roles and lags there too", () => {
    const role = { role: "replica", generation: 3, agoMs: 100 } as const;
    const stage = new Stage().report("a", { a: { ...up, role, lag: { lagMs: 9, agoMs: 100 } } });
    stage.command({ type: "isolate", endpoint: "a" }).command({ type: "release", endpoint: "a" });
    const [belief] = merge(undefined, stage.at(400).snapshot(), 10_000).endpoints;
    expect(belief).toMatchObject({
      ramp: { startedAt: 9_600, overMs: 10_000 },
      role: { role: "replica", generation: 3, at: 9_500 },
      lag: { lagMs: 9, at: 9_500 },
    });
  });

  test("merge() ignores an older version, and takes the same one for what time has done", () => {
    const stage = outage();
    const held = merge(undefined, stage.snapshot(), 0);
    const older = { ...stage.snapshot(), version: held.version - 1 };
    expect(merge(held, older, 5)).toBe(held);
    expect(merge(held, stage.snapshot(), 5)).toMatchObject({ takenAt: 5 });
  });

  test("merge() follows another life of the store, whatever its version", () => {
    const held = merge(undefined, outage().snapshot(), 0);
    const other = { ...new Stage().snapshot(), origin: "another" };
    expect(merge(held, other, 5)).toMatchObject({ origin: "another", version: 0, endpoints: [] });
  });
});

const CLOSED: Belief = {
  id: "replica",
  phase: "closed",
  round: 0,
  held: false,
  accused: false,
  openings: 0,
  openedAt: 0,
  until: 0,
  because: "",
  ramp: undefined,
  role: undefined,
  lag: undefined,
  removed: false,
};
const OPEN: Belief = { ...CLOSED, phase: "open", round: 4, openedAt: 9_000, until: 11_000 };
const HELD: Belief = { ...CLOSED, held: true, openedAt: 9_000 };
const AROUND = { now: 10_000, fleet: 100, nextSyncMs: 1_000, trialsAreShared: true, random: 0.5 };
const OWN: OwnView = { circuit: closedCircuit, answeredAt: 8_000, told: undefined };
const OWN_OPEN: Circuit = {
  phase: "open",
  until: 10_500,
  openings: 1,
  because: "consecutiveFailures",
  round: 2,
};
const ISOLATED: Circuit = { phase: "isolated", round: 1 };

describe("adopt() and an endpoint that is out for everyone", () => {
  test("adopt() leaves it alone until a little after the next word", () => {
    expect(validMs(1_000)).toBe(5_000);
    expect(validMs(10_000)).toBe(30_000);
    const expected = {
      event: { type: "told", until: 16_000 },
      ramp: undefined,
      told: { kind: "open", round: 4 },
    };
    expect(adopt(OPEN, OWN, AROUND)).toEqual(expected);
    expect(adopt({ ...OPEN, phase: "halfOpen" }, OWN, AROUND)).toEqual(expected);
    expect(adopt({ ...OPEN, until: 2_000 }, OWN, AROUND).event).toEqual({
      type: "told",
      until: 15_000,
    });
  });

  test("adopt() goes on where it had an answer since", () => {
    const knowsBetter = { ...OWN, answeredAt: 9_500 };
    expect(adopt(OPEN, knowsBetter, AROUND)).toEqual({
      event: undefined,
      ramp: undefined,
      told: undefined,
    });
    // Its own circuit has opened since that answer.
    expect(adopt(OPEN, { ...knowsBetter, circuit: OWN_OPEN }, AROUND).event?.type).toBe("told");
  });

  test("adopt() makes its own circuit, opened on its own evidence, wait as long as all do", () => {
    const { event } = adopt(OPEN, { ...OWN, circuit: OWN_OPEN }, AROUND);
    expect(event && step(OWN_OPEN, event, 10_000, CIRCUIT_DEFAULTS)).toMatchObject({
      phase: "open",
      until: 16_000,
      because: "consecutiveFailures",
    });
  });

  test("adopt() closes what it was told of when the trial passed, and takes part in the ramp", () => {
    const ramp = { startedAt: 9_900, overMs: 10_000 };
    const told = { kind: "open", round: 4 } as const;
    const toldCircuit: Circuit = { ...OWN_OPEN, because: "told" };
    expect(adopt({ ...CLOSED, ramp }, { ...OWN, circuit: toldCircuit, told }, AROUND)).toEqual({
      event: { type: "recovered" },
      ramp,
      told: undefined,
    });
    expect(adopt({ ...CLOSED, ramp }, { ...OWN, told }, AROUND)).toEqual({
      event: undefined,
      ramp,
      told: undefined,
    });
  });

  test("adopt() leaves its own circuit to itself where nobody told it anything", () => {
    expect(adopt(CLOSED, { ...OWN, circuit: OWN_OPEN }, AROUND).event).toBeUndefined();
  });
});

describe("adopt() and an endpoint that is held", () => {
  test("adopt() hesitates, so that the fleet makes about twenty trials a second", () => {
    const turnAt = (around: Partial<typeof AROUND>): number | undefined => {
      return adopt(HELD, OWN, { ...AROUND, ...around }).told?.turnAt;
    };
    expect(turnAt({})).toBe(15_000);
    expect(turnAt({ random: 0 })).toBe(10_000);
    expect(turnAt({ random: 0.999_999, fleet: 200 })).toBeCloseTo(30_000, 0);
    // Its circuit opens in any case: one trial at a time.
    expect(adopt(HELD, OWN, { ...AROUND, random: 0 }).event).toEqual({
      type: "told",
      until: 10_000,
    });
  });

  test("adopt() waits for its turn word by word: without another word its own rules go on", () => {
    const late = { ...AROUND, random: 0.999_999, fleet: 20_000 };
    const first = adopt(HELD, OWN, late);
    expect(first.event).toEqual({ type: "told", until: 15_000 });
    const circuit = step(OWN.circuit, first.event ?? { type: "alive" }, 10_000, CIRCUIT_DEFAULTS);
    const next = adopt(HELD, { ...OWN, circuit, told: first.told }, { ...late, now: 11_000 });
    expect(next.event).toEqual({ type: "told", until: 16_000 });
    expect(next.told?.turnAt).toBe(first.told?.turnAt);
  });

  test("adopt() hesitates once for each time that its own circuit opened", () => {
    let own = OWN;
    const hesitates = (now: number): boolean => {
      const { event, told } = adopt(HELD, own, { ...AROUND, now });
      const circuit = event ? step(own.circuit, event, now, CIRCUIT_DEFAULTS) : own.circuit;
      own = { ...own, circuit, told };
      return event !== undefined;
    };
    expect([hesitates(10_000), hesitates(15_000), hesitates(15_000)]).toEqual([true, false, false]);
    // The trial at the end of its hesitation fails.
    const failure = {
      type: "failure",
      totals: { calls: 1, failures: 1, slow: 0 },
      random: 0,
    } as const;
    const trying = step(own.circuit, { type: "trial" }, 15_000, CIRCUIT_DEFAULTS);
    own = { ...own, circuit: step(trying, failure, 15_000, CIRCUIT_DEFAULTS) };
    expect([hesitates(15_000), hesitates(20_000)]).toEqual([true, false]);
  });

  test("adopt() does not hesitate where it has answers", () => {
    expect(adopt(HELD, { ...OWN, answeredAt: 9_500 }, AROUND)).toEqual({
      event: undefined,
      ramp: undefined,
      told: { kind: "held", round: 0 },
    });
  });

  test("adopt() ends the pause when somebody has had an answer", () => {
    const told = { kind: "held", round: 2 } as const;
    expect(adopt(CLOSED, { ...OWN, circuit: OWN_OPEN, told }, AROUND)).toMatchObject({
      event: { type: "alive" },
      told: undefined,
    });
  });
});

describe("adopt() and an endpoint that a person holds", () => {
  const told = { kind: "isolated", round: 5 } as const;
  const isolated: Belief = { ...CLOSED, phase: "isolated", round: 5 };

  test("adopt() isolates once", () => {
    const first = adopt(isolated, OWN, AROUND);
    expect(first).toEqual({ event: { type: "isolate" }, ramp: undefined, told });
    const again = adopt(isolated, { ...OWN, circuit: ISOLATED, told }, AROUND);
    expect(again).toEqual({ event: undefined, ramp: undefined, told });
  });

  test.each([CLOSED, OPEN, HELD])(
    "adopt() lets go when it is let go, whatever is believed (%#)",
    (belief) => {
      const { event, told: after } = adopt(belief, { ...OWN, circuit: ISOLATED, told }, AROUND);
      expect(event).toEqual({ type: "release" });
      expect(after).toBeUndefined();
    },
  );

  test.each([CLOSED, OPEN, HELD])(
    "adopt() never lets go what this isolate's own person holds (%#)",
    (belief) => {
      const { event, told: after } = adopt(belief, { ...OWN, circuit: ISOLATED }, AROUND);
      expect(event).toBeUndefined();
      expect(after).toBeUndefined();
    },
  );
});
