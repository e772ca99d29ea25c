import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { because, score, type Signs } from "../../src/observe/score.ts";

const WELL: Signs = {
  phase: "closed",
  window: { calls: 0, failures: 0, slow: 0 },
  suspicion: "alive",
  slowness: 0,
  usedRatio: undefined,
  lagMs: undefined,
  canTransact: undefined,
};

/** A well endpoint's score and reasons, but for these signs. */
function judged(signs: Partial<Signs>): readonly [number, readonly string[]] {
  const all = { ...WELL, ...signs };
  return [score(all), because(all)];
}

function calls(calls: number, failures = 0, slow = 0): Pick<Signs, "window"> {
  return { window: { calls, failures, slow } };
}

describe("score() and because()", () => {
  test("give 100 and no reason for an endpoint nothing is held against", () => {
    const well = [100, []];
    expect(judged({})).toEqual(well);
    expect(judged(calls(50))).toEqual(well);
    expect(judged({ slowness: 1, usedRatio: 0.3, lagMs: 0, canTransact: true })).toEqual(well);
  });

  test("take away the share of failed calls, and half as much for slow ones", () => {
    expect(judged(calls(40, 12))).toEqual([70, ["12 of 40 calls failed: −30"]]);
    expect(judged(calls(10, 0, 3))).toEqual([85, ["3 of 10 calls were slow: −15"]]);
    expect(judged(calls(10, 10))).toEqual([0, ["10 of 10 calls failed: −100"]]);
    expect(judged(calls(1_000, 1))).toEqual([100, []]);
  });

  test("do not condemn after one call, and say why", () => {
    expect(judged(calls(1, 1))).toEqual([
      80,
      ["1 of 1 calls failed (fewer than 5 count as 5): −20"],
    ]);
  });

  test("give 0 to what gets no traffic or does not answer", () => {
    expect(judged({ phase: "open" })).toEqual([0, ["circuit is open: −100"]]);
    expect(judged({ phase: "isolated" })).toEqual([0, ["isolated by hand: −100"]]);
    expect(judged({ suspicion: "down" })).toEqual([0, ["does not answer: −100"]]);
    expect(judged({ phase: "halfOpen", suspicion: "down" })).toEqual([
      0,
      ["does not answer: −100"],
    ]);
  });

  test("give at most 25 on trial, and less to what has lost more", () => {
    expect(judged({ phase: "halfOpen" })).toEqual([25, ["its circuit is on trial: −75"]]);
    expect(judged({ phase: "halfOpen", ...calls(10, 5) })).toEqual([25, [
      "5 of 10 calls failed: −50",
      "its circuit is on trial: −25",
    ]]);
    expect(judged({ phase: "halfOpen", ...calls(10, 9) })).toEqual([10, [
      "9 of 10 calls failed: −90",
    ]]);
  });

  test("let a failure show among a thousand calls until enough answers followed", () => {
    expect(judged({ suspicion: "suspect", ...calls(1_000, 1) })).toEqual([80, [
      "failed of late and has not answered often enough since: −20",
    ]]);
  });

  test("compare answer times with the endpoint's own usual ones", () => {
    expect(judged({ slowness: 1.5 })).toEqual([100, []]);
    expect(judged({ slowness: 3.1 })).toEqual([84, [
      "answers take 3.1 times as long as usual: −16",
    ]]);
    expect(judged({ slowness: 900 })[0]).toBe(60);
    expect(judged({ slowness: Infinity })[0]).toBe(60);
    expect(judged({ slowness: NaN })).toEqual([100, []]);
  });

  test("warn of connections running out", () => {
    expect(judged({ usedRatio: 0.8 })).toEqual([100, []]);
    expect(judged({ usedRatio: 0.92 })).toEqual([88, ["92 % of its connections are used: −12"]]);
    expect(judged({ usedRatio: 1 })[0]).toBe(80);
    expect(judged({ usedRatio: 1.03 })[0]).toBe(80);
  });

  test("count what is far behind its primary", () => {
    expect(judged({ lagMs: 10_000 })).toEqual([100, []]);
    expect(judged({ lagMs: 40_000 })).toEqual([90, ["40 s behind its primary: −10"]]);
    expect(judged({ lagMs: 85_000 })).toEqual([80, ["85 s behind its primary: −20"]]);
    expect(judged({ lagMs: 3_600_000 })[0]).toBe(80);
  });

  test("count a failed transaction check, and an unmade one not", () => {
    expect(judged({ canTransact: false })).toEqual([60, [
      "failed its last transaction check: −40",
    ]]);
    expect(judged({ canTransact: undefined })).toEqual([100, []]);
  });

  test("name the gravest kind first", () => {
    const [value, reasons] = judged({
      phase: "open",
      suspicion: "suspect",
      ...calls(20, 10, 4),
      slowness: 2,
      usedRatio: 0.9,
      lagMs: 13_000,
      canTransact: false,
    });
    expect(value).toBe(0);
    expect(reasons).toEqual([
      "circuit is open: −100",
      "failed of late and has not answered often enough since: −20",
      "10 of 20 calls failed: −50",
      "4 of 20 calls were slow: −10",
      "answers take 2.0 times as long as usual: −5",
      "90 % of its connections are used: −10",
      "13 s behind its primary: −1",
      "failed its last transaction check: −40",
    ]);
  });
});

const known = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const anySigns: fc.Arbitrary<Signs> = fc.record({
  phase: fc.constantFrom("closed", "closed", "halfOpen", "open", "isolated"),
  window: fc.tuple(fc.nat(100), fc.nat(20), fc.nat(20)).map(([well, failures, slow]) => ({
    calls: well + failures + slow,
    failures,
    slow,
  })),
  suspicion: fc.constantFrom("alive", "alive", "suspect", "down"),
  slowness: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 8, noNaN: true }), fc.double()),
  usedRatio: known(fc.double({ min: 0, max: 1.1, noNaN: true })),
  lagMs: known(fc.oneof(fc.nat(120_000), fc.double({ min: 0, noNaN: true }))),
  canTransact: known(fc.boolean()),
});
const MANY = { numRuns: 2_000 };

describe("score(), whatever the signs,", () => {
  test("is 100 less what because() says, and never below 0", () => {
    fc.assert(
      fc.property(anySigns, (signs) => {
        const lost = because(signs).map((reason) => {
          const [, number] = /: −([1-9]\d*)$/.exec(reason) ?? [];
          if (number === undefined) throw new Error(`No loss in: ${reason}`);
          return Number(number);
        });
        const sum = lost.reduce((a, b) => a + b, 0);
        expect(score(signs)).toBe(Math.max(0, 100 - sum));
      }),
      MANY,
    );
  });

  test("is a whole number from 0 to 100 that keeps to the limits of the circuit and the suspicion", () => {
    fc.assert(
      fc.property(anySigns, (signs) => {
        const value = score(signs);
        expect(Number.isInteger(value)).toBe(true);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(signs.phase === "halfOpen" ? 25 : 100);
        const out = signs.phase === "open" || signs.phase === "isolated";
        if (out || signs.suspicion === "down") expect(value).toBe(0);
      }),
      MANY,
    );
  });

  test("never rises as a sign gets worse", () => {
    const finite = anySigns.filter(({ slowness }) => Number.isFinite(slowness));
    fc.assert(
      fc.property(finite, fc.nat(10), (signs, more) => {
        const { phase, suspicion, slowness, usedRatio = 0, lagMs = 0 } = signs;
        const worse: readonly Partial<Signs>[] = [
          { phase: phase === "closed" ? "halfOpen" : "open" },
          { suspicion: suspicion === "alive" ? "suspect" : "down" },
          { slowness: slowness + more / 3 },
          { usedRatio: usedRatio + more / 100 },
          { lagMs: lagMs + 2_000 * more },
          { canTransact: false },
        ];
        for (const sign of worse) {
          expect(score({ ...signs, ...sign })).toBeLessThanOrEqual(score(signs));
        }
      }),
      MANY,
    );
  });

  test("never rises as a call fails or is slow that was well", () => {
    fc.assert(
      fc.property(anySigns, fc.boolean(), (signs, fails) => {
        const { calls, failures, slow } = signs.window;
        fc.pre(failures + slow < calls);
        const window = fails
          ? { calls, failures: failures + 1, slow }
          : { calls, failures, slow: slow + 1 };
        expect(score({ ...signs, window })).toBeLessThanOrEqual(score(signs));
      }),
      MANY,
    );
  });
});
