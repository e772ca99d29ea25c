import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AlertRule,
  type AlertState,
  DEFAULT_ALERTS,
  firing,
  QUIET,
  step,
} from "../../src/observe/alerts.ts";
import { type Reading, readingOf } from "../../src/observe/reading.ts";

const NOTHING: Reading = readingOf({ endpoints: [], running: 0, retryBudget: 0 });

const SLOW: AlertRule = {
  name: "slow",
  says: "slow",
  of: "avgResponseMs",
  when: "above",
  threshold: 1_000,
  clearAt: 800,
  forMs: 10_000,
  clearForMs: 10_000,
};
const LOW: AlertRule = {
  ...SLOW,
  name: "low",
  when: "below",
  threshold: 70,
  clearAt: 75,
};

/** A reading in which only this is known. */
function known(avgResponseMs: number | undefined): Reading {
  return avgResponseMs === undefined ? NOTHING : { ...NOTHING, avgResponseMs };
}

type Sample = readonly [at: number, value: number | undefined];

/** What is told, as `at phase`, and the state in the end. */
function play(rule: AlertRule, samples: readonly Sample[]) {
  let state: AlertState = QUIET;
  const told: string[] = [];
  for (const [at, value] of samples) {
    const stepped = step(state, known(value), at, [rule]);
    state = stepped.state;
    told.push(...stepped.changes.map(({ phase }) => `${at} ${phase}`));
  }
  return { state, told };
}

/** Samples so far apart. */
function every(ms: number, values: readonly (number | undefined)[]): Sample[] {
  return values.map((value, i) => [i * ms, value]);
}

describe("step()", () => {
  test("fires when the value was beyond the threshold for long enough", () => {
    expect(play(SLOW, every(5_000, [900, 1_001, 1_200, 1_300])).told).toEqual(["15000 firing"]);
  });

  test("tells the rule, the value, the threshold and what it means", () => {
    const { changes } = step(QUIET, known(1_500), 0, [{ ...SLOW, forMs: 0 }]);
    expect(changes).toEqual([
      { rule: "slow", phase: "firing", value: 1_500, threshold: 1_000, says: "slow" },
    ]);
  });

  test("does not fire at the threshold itself", () => {
    expect(play(SLOW, every(5_000, [1_000, 1_000, 1_000, 1_000])).state).toBe(QUIET);
    expect(play(LOW, every(5_000, [70, 70, 70, 70])).state).toBe(QUIET);
  });

  test("begins anew when the value comes back before the time is over", () => {
    expect(play(SLOW, every(5_000, [2_000, 900, 2_000, 2_000, 2_000])).told)
      .toEqual(["20000 firing"]);
  });

  test("goes on between the threshold and the value at which it ends", () => {
    const values = [2_000, 2_000, 2_000, 900, 900, 900, 900, 801];
    expect(play(SLOW, every(5_000, values)).told).toEqual(["10000 firing"]);
    expect(play(LOW, every(5_000, [60, 60, 60, 74, 74, 74, 74])).told).toEqual(["10000 firing"]);
  });

  test("is over when the value was safe for long enough", () => {
    expect(play(SLOW, every(5_000, [2_000, 2_000, 2_000, 800, 700, 700])).told)
      .toEqual(["10000 firing", "25000 resolved"]);
    expect(play(LOW, every(5_000, [60, 60, 60, 75, 75, 75])).told)
      .toEqual(["10000 firing", "25000 resolved"]);
  });

  test("goes on when the value turns bad again meanwhile, and says so only once", () => {
    const values = [2_000, 2_000, 2_000, 700, 2_000, 700, 700, 900, 700, 700, 700];
    expect(play(SLOW, every(5_000, values)).told).toEqual(["10000 firing", "50000 resolved"]);
  });

  test("fires and ends at once where no time is asked for", () => {
    const rule = { ...SLOW, forMs: 0, clearForMs: 0 };
    expect(play(rule, every(5_000, [2_000, 700])).told).toEqual(["0 firing", "5000 resolved"]);
  });

  test.each([["unknown", undefined], ["no number", NaN]])(
    "a value that is %s leaves every phase as it is",
    (_, nothing) => {
      const once = every(5_000, [2_000]);
      const fired = every(5_000, [2_000, 2_000, 2_000]);
      const clearing = every(5_000, [2_000, 2_000, 2_000, 700]);
      for (const samples of [[], once, fired, clearing]) {
        const { state } = play(SLOW, samples);
        const reading = {
          ...NOTHING,
          ...(nothing === undefined ? {} : { avgResponseMs: nothing }),
        };
        expect(step(state, reading, 1e9, [SLOW])).toEqual({ state, changes: [] });
        expect(step(state, reading, 1e9, [SLOW]).state).toBe(state);
      }
    },
  );

  test("forgets a rule that is gone", () => {
    const { state } = play(SLOW, every(5_000, [2_000, 2_000, 2_000]));
    expect(firing(state)).toEqual(["slow"]);
    expect(step(state, known(2_000), 20_000, [])).toEqual({ state: QUIET, changes: [] });
  });
});

describe("DEFAULT_ALERTS", () => {
  const well: Reading = { ...NOTHING, availableRatio: 1, avgScore: 100, avgResponseMs: 20 };

  function told(reading: Partial<Reading>): readonly string[] {
    const first = step(QUIET, { ...well, ...reading }, 0, DEFAULT_ALERTS);
    return firing(step(first.state, { ...well, ...reading }, 10_000, DEFAULT_ALERTS).state);
  }

  test.each<[string, Partial<Reading>, readonly string[]]>([
    ["all is well", {}, []],
    ["half of the endpoints are available", { availableRatio: 0.5 }, []],
    ["fewer than half are", { availableRatio: 1 / 3 }, ["fewEndpoints"]],
    ["the average response takes a second", { avgResponseMs: 1_000 }, []],
    ["it takes longer", { avgResponseMs: 1_001 }, ["slowResponses"]],
    ["the average score is 70", { avgScore: 70 }, []],
    ["it is lower", { avgScore: 69 }, ["lowScore"]],
  ])("%s", (_, reading, expected) => expect(told(reading)).toEqual(expected));
});

/** Values around both thresholds, and now and then none. */
const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 600, max: 1_200 }) },
  { weight: 1, arbitrary: fc.constantFrom(undefined, NaN) },
);
const samples = fc.array(fc.tuple(fc.integer({ min: 0, max: 8_000 }), value), { maxLength: 80 })
  .map((steps) => {
    let at = 0;
    return steps.map(([afterMs, v]): Sample => [at += afterMs, v]);
  });

describe("step(), whatever the values do", () => {
  test("fires and ends in turn, each after its time and with a value on its own side", () => {
    fc.assert(fc.property(samples, (given) => {
      let state: AlertState = QUIET;
      let last = "resolved";
      let badSince: number | undefined;
      let safeSince: number | undefined;
      for (const [at, v] of given) {
        if (v !== undefined && !Number.isNaN(v)) {
          badSince = v > 1_000 ? badSince ?? at : undefined;
          safeSince = v <= 800 ? safeSince ?? at : undefined;
        }
        const { state: next, changes } = step(state, known(v), at, [SLOW]);
        for (const { phase } of changes) {
          expect(phase).not.toBe(last);
          last = phase;
          const since = phase === "firing" ? badSince : safeSince;
          expect(at - (since ?? Infinity)).toBeGreaterThanOrEqual(10_000);
        }
        state = next;
      }
    }));
  });

  test("stays silent while it flaps faster than its time", () => {
    const flapping = fc.array(fc.integer({ min: 1, max: 4_900 }), { minLength: 1, maxLength: 80 });
    fc.assert(fc.property(flapping, fc.boolean(), (gaps, fired) => {
      const start: Sample[] = fired ? every(5_000, [2_000, 2_000, 2_000]) : [];
      let at = start.length * 5_000;
      const swings = gaps.map((gap, i): Sample => [at += gap, i % 2 === 0 ? 100 : 2_000]);
      const { told, state } = play(SLOW, [...start, ...swings]);
      expect(told).toEqual(fired ? ["10000 firing"] : []);
      expect(firing(state)).toEqual(fired ? ["slow"] : []);
    }));
  });

  test("does not tell of noise between the two values, and is the same object after it", () => {
    const noise = fc.array(fc.integer({ min: 801, max: 1_000 }), { maxLength: 40 });
    fc.assert(fc.property(noise, fc.boolean(), (values, fired) => {
      const start = fired ? [2_000, 2_000, 2_000] : [];
      const { state } = play(SLOW, every(5_000, start));
      for (const [i, v] of values.entries()) {
        const stepped = step(state, known(v), 20_000 + i * 60_000, [SLOW]);
        expect(stepped.changes).toEqual([]);
        expect(stepped.state).toBe(state);
      }
    }));
  });

  test("keeps a state that JSON keeps, and goes on from it alike", () => {
    fc.assert(fc.property(samples, samples, (before, after) => {
      const { state } = play(SLOW, before);
      const copy = JSON.parse(JSON.stringify(state)) as AlertState; // what was just written
      for (const [at, v] of after) {
        expect(step(copy, known(v), 1e6 + at, [SLOW])).toEqual(
          step(state, known(v), 1e6 + at, [SLOW]),
        );
      }
    }));
  });
});
