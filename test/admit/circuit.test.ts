import { describe, expect, test } from "vitest";
import {
  admits,
  at,
  type Circuit,
  CIRCUIT_DEFAULTS,
  type CircuitEvent,
  type CircuitOptions,
  closedCircuit,
  cooldownMs,
  step,
} from "../../src/admit/circuit.ts";
import type { CallTotals } from "../../src/time/window.ts";

const NO_CALLS = { calls: 0, failures: 0, slow: 0 };
const SUCCESS: CircuitEvent = { type: "success" };
const FAILURE: CircuitEvent = { type: "failure", totals: NO_CALLS, random: 0 };
const TRIAL: CircuitEvent = { type: "trial" };
const NEUTRAL: CircuitEvent = { type: "neutral" };

function after(
  circuit: Circuit,
  now: number,
  events: readonly CircuitEvent[],
  options: Partial<CircuitOptions> = {},
): Circuit {
  return events.reduce((c, e) => step(c, e, now, { ...CIRCUIT_DEFAULTS, ...options }), circuit);
}

const opened = after(closedCircuit, 0, [FAILURE, FAILURE, FAILURE, FAILURE, FAILURE]);

describe("step()", () => {
  test("step() returns the same circuit for a success on a clean one", () => {
    expect(step(closedCircuit, SUCCESS, 0, CIRCUIT_DEFAULTS)).toBe(closedCircuit);
    expect(step(closedCircuit, NEUTRAL, 0, CIRCUIT_DEFAULTS)).toBe(closedCircuit);
  });

  test("step() opens after five failures in a row", () => {
    expect(after(closedCircuit, 0, [FAILURE, FAILURE, FAILURE, FAILURE]).phase).toBe("closed");
    expect(opened).toEqual({
      phase: "open",
      until: 1_000,
      openings: 1,
      because: "consecutiveFailures",
      round: 1,
    });
  });

  test("step() leaves the count of failures alone on what proves nothing", () => {
    expect(after(closedCircuit, 0, [FAILURE, NEUTRAL])).toMatchObject({ failures: 1 });
  });

  test("step() opens on a ratio only with a failure, and only above the minimum of calls", () => {
    const half = (calls: number): CallTotals => ({ calls, failures: calls / 2, slow: 0 });
    const failed = (calls: number): CircuitEvent => {
      return { type: "failure", totals: half(calls), random: 0 };
    };
    expect(after(closedCircuit, 0, [failed(8)]).phase).toBe("closed");
    expect(after(closedCircuit, 0, [failed(10)])).toMatchObject({ because: "failureRatio" });
    const slow: CircuitEvent = { type: "slow", totals: half(10), random: 0 };
    expect(after(closedCircuit, 0, [slow]).phase).toBe("closed");
  });

  test("step() does not mind slow answers unless asked to", () => {
    const slow: CircuitEvent = {
      type: "slow",
      totals: { calls: 10, failures: 0, slow: 10 },
      random: 0,
    };
    expect(step(closedCircuit, slow, 0, CIRCUIT_DEFAULTS)).toBe(closedCircuit);
    expect(after(closedCircuit, 0, [slow], { slowCallRatio: 1 })).toMatchObject({
      because: "slowCallRatio",
    });
    const trial = after(opened, 1_000, [TRIAL, slow]);
    expect(trial).toMatchObject({ phase: "halfOpen", successes: 1 });
  });

  test("step() ignores every result while open, also when the pause is over but no trial was taken", () => {
    for (const now of [0, 999, 1_000, 99_999]) {
      for (const event of [SUCCESS, FAILURE, NEUTRAL]) {
        expect(step(opened, event, now, CIRCUIT_DEFAULTS)).toBe(opened);
      }
    }
  });

  test("step() lets as many trials run at once as the options say", () => {
    const two = after(opened, 1_000, [TRIAL, TRIAL, TRIAL, TRIAL], { halfOpenTrials: 2 });
    expect(two).toMatchObject({ phase: "halfOpen", trials: 2 });
  });

  test("step() takes no trial of a closed, an isolated or a pausing circuit", () => {
    const isolated: Circuit = { phase: "isolated", round: 3 };
    expect(step(closedCircuit, TRIAL, 0, CIRCUIT_DEFAULTS)).toBe(closedCircuit);
    expect(step(isolated, TRIAL, 0, CIRCUIT_DEFAULTS)).toBe(isolated);
    expect(step(opened, TRIAL, 999, CIRCUIT_DEFAULTS)).toBe(opened);
  });

  test("step() forgets the doubling once it has closed", () => {
    const closed = after(opened, 1_000, [TRIAL, FAILURE]);
    expect(cooldownMs(closed, 1_000)).toBe(2_000);
    const well = after(closed, 3_000, [TRIAL, SUCCESS, TRIAL, SUCCESS]);
    expect(well).toEqual({ phase: "closed", failures: 0, round: 2 });
    const again = after(well, 3_000, [FAILURE, FAILURE, FAILURE, FAILURE, FAILURE]);
    expect(cooldownMs(again, 3_000)).toBe(1_000);
  });

  test("step() ignores a result of an earlier round in every phase", () => {
    const recovered = after(opened, 1_000, [TRIAL, SUCCESS, TRIAL, SUCCESS]);
    const late: CircuitEvent = {
      ...FAILURE,
      totals: NO_CALLS,
      type: "failure",
      random: 0,
      round: 0,
    };
    expect(step(recovered, late, 1_001, CIRCUIT_DEFAULTS)).toBe(recovered);
    expect(step(recovered, { ...late, round: 1 }, 1_001, CIRCUIT_DEFAULTS)).not.toBe(recovered);
  });

  test("step() closes an open or half-open circuit that recovered, but no isolated one", () => {
    const event = { type: "recovered" } as const;
    const open: Circuit = {
      phase: "open",
      until: 5_000,
      openings: 2,
      because: "trialFailed",
      round: 3,
    };
    const closed = { phase: "closed", failures: 0, round: 4 };
    expect(step(open, event, 2_000, CIRCUIT_DEFAULTS)).toEqual(closed);
    expect(step(at(open, 6_000), event, 6_000, CIRCUIT_DEFAULTS)).toEqual(closed);
    const isolated: Circuit = { phase: "isolated", round: 1 };
    expect(step(isolated, event, 2_000, CIRCUIT_DEFAULTS)).toBe(isolated);
  });

  test("step() isolates from any phase, once, and a release closes", () => {
    const trying = after(opened, 1_000, [TRIAL]);
    for (const circuit of [closedCircuit, opened, trying]) {
      const isolated = step(circuit, { type: "isolate" }, 2_000, CIRCUIT_DEFAULTS);
      expect(isolated.phase).toBe("isolated");
      expect(step(isolated, { type: "isolate" }, 2_001, CIRCUIT_DEFAULTS)).toBe(isolated);
      expect(step(circuit, { type: "release" }, 2_000, CIRCUIT_DEFAULTS)).toBe(circuit);
      expect(step(isolated, { type: "release" }, 2_000, CIRCUIT_DEFAULTS)).toMatchObject({
        phase: "closed",
        failures: 0,
      });
    }
  });
});

describe("step() and what others found", () => {
  const told = (until: number): CircuitEvent => ({ type: "told", until });
  const toldCircuit: Circuit = {
    phase: "open",
    until: 5_000,
    openings: 1,
    because: "told",
    round: 1,
  };

  test("step() opens a closed circuit until then, in a new round", () => {
    const circuit = after(closedCircuit, 100, [FAILURE, told(5_000)]);
    expect(circuit).toEqual(toldCircuit);
    expect(admits(circuit, 4_999, CIRCUIT_DEFAULTS)).toBe(false);
    expect(admits(circuit, 5_000, CIRCUIT_DEFAULTS)).toBe(true);
  });

  test("step() makes an open circuit wait longer for it, and never shorter", () => {
    expect(after(opened, 100, [told(5_000)])).toEqual({ ...opened, until: 5_000 });
    expect(after(opened, 100, [told(1_000)])).toBe(opened);
    expect(after(opened, 100, [told(500)])).toBe(opened);
  });

  test("step() takes a half-open circuit back, and with it the trial under way", () => {
    const trying = after(opened, 1_000, [TRIAL]);
    const circuit = after(trying, 1_100, [told(5_000)]);
    expect(circuit).toEqual(toldCircuit);
    expect(after(circuit, 1_200, [{ ...SUCCESS, type: "success", round: 1 }])).toBe(circuit);
  });

  test("step() tells a person's isolated circuit nothing", () => {
    const isolated: Circuit = { phase: "isolated", round: 3 };
    expect(step(isolated, told(5_000), 100, CIRCUIT_DEFAULTS)).toBe(isolated);
  });

  test("step() closes what it was told of when the others found it well", () => {
    const circuit = after(closedCircuit, 100, [told(5_000), { type: "recovered" }]);
    expect(circuit).toEqual({ phase: "closed", failures: 0, round: 2 });
  });
});

describe("admits()", () => {
  test("admits() nobody until the pause is over", () => {
    expect(admits(opened, 999, CIRCUIT_DEFAULTS)).toBe(false);
    expect(admits(opened, 1_000, CIRCUIT_DEFAULTS)).toBe(true);
  });

  test("admits() again when the only trial never came back", () => {
    const trying = after(opened, 1_000, [TRIAL]);
    expect(admits(trying, 30_999, CIRCUIT_DEFAULTS)).toBe(false);
    expect(admits(trying, 31_000, CIRCUIT_DEFAULTS)).toBe(true);
  });
});

describe("at()", () => {
  test("at() returns the same circuit unless a pause is over", () => {
    expect(at(closedCircuit, 5)).toBe(closedCircuit);
    expect(at(opened, 999)).toBe(opened);
    expect(at(opened, 1_000)).toMatchObject({ phase: "halfOpen", trials: 0, successes: 0 });
  });
});

describe("cooldownMs()", () => {
  test("cooldownMs() is what is left of the pause, and endless by hand", () => {
    expect(cooldownMs(closedCircuit, 0)).toBe(0);
    expect(cooldownMs(opened, 400)).toBe(600);
    expect(cooldownMs(opened, 4_000)).toBe(0);
    expect(cooldownMs({ phase: "isolated", round: 1 }, 0)).toBe(Infinity);
  });
});

describe("step() and lines that break although the endpoint answers", () => {
  const broken = (calls: number, failures: number): CircuitEvent => ({
    type: "broken",
    totals: { calls, failures, slow: 0 },
    random: 0,
  });

  test("step() never counts them as a row", () => {
    let circuit: Circuit = closedCircuit;
    for (let i = 1; i <= 50; i++) circuit = step(circuit, broken(1_000, i), 0, CIRCUIT_DEFAULTS);
    expect(circuit).toBe(closedCircuit);
  });

  test("step() opens when half of the calls end so", () => {
    expect(step(closedCircuit, broken(10, 5), 0, CIRCUIT_DEFAULTS)).toMatchObject({
      phase: "open",
      because: "failureRatio",
    });
  });

  test("step() ends the first pause with an answered look, and no later one", () => {
    const open = (openings: number): Circuit => ({
      phase: "open",
      until: 9_000,
      openings,
      because: "consecutiveFailures",
      round: 1,
    });
    const event = { type: "answered" } as const;
    expect(step(open(1), event, 100, CIRCUIT_DEFAULTS)).toMatchObject({ phase: "halfOpen" });
    expect(step(open(2), event, 100, CIRCUIT_DEFAULTS)).toEqual(open(2));
    expect(step(closedCircuit, event, 100, CIRCUIT_DEFAULTS)).toBe(closedCircuit);
  });
});
