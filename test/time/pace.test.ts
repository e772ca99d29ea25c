import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { freshPace, notePace, type Pace, slowness } from "../../src/time/pace.ts";

/** Notes the same value every `everyMs` for so long, and gives the time after it. */
function steady(
  pace: Pace,
  value: number,
  { from, forMs, everyMs, learns = true }: {
    from: number;
    forMs: number;
    everyMs: number;
    learns?: boolean;
  },
): number {
  for (let passed = 0; passed < forMs; passed += everyMs) {
    notePace(pace, value, from + passed, learns);
  }
  return from + forMs;
}

const value = fc.double({ min: 0.01, max: 100, noNaN: true });

describe("slowness()", () => {
  test("slowness() is 1 until 20 samples were noted", () => {
    const pace = freshPace();
    for (let n = 1; n < 20; n++) {
      notePace(pace, n < 10 ? 1 : 50, n);
      expect(slowness(pace, n)).toBe(1);
    }
    notePace(pace, 50, 20);
    expect(slowness(pace, 20)).not.toBe(1);
  });

  test("slowness() tells within two seconds that everything takes three times as long", () => {
    const pace = freshPace();
    let now = steady(pace, 1, { from: 0, forMs: 300_000, everyMs: 20 });
    expect(slowness(pace, now)).toBeCloseTo(1);
    now = steady(pace, 3, { from: now, forMs: 2_000, everyMs: 20 });
    expect(slowness(pace, now)).toBeGreaterThan(2);
    now = steady(pace, 3, { from: now, forMs: 8_000, everyMs: 20 });
    expect(slowness(pace, now)).toBeGreaterThan(2.7);
  });

  test("slowness() is 1 again when the last sample is more than 10 s old", () => {
    const pace = freshPace();
    let now = steady(pace, 1, { from: 0, forMs: 60_000, everyMs: 20 });
    now = steady(pace, 5, { from: now, forMs: 5_000, everyMs: 20 });
    expect(slowness(pace, now + 9_000)).toBeGreaterThan(3);
    expect(slowness(pace, now + 10_001)).toBe(1);
  });

  test("slowness() heals: a lasting change has become the usual after a quarter of an hour", () => {
    const pace = freshPace();
    let now = steady(pace, 1, { from: 0, forMs: 600_000, everyMs: 50 });
    now = steady(pace, 4, { from: now, forMs: 10_000, everyMs: 50 });
    expect(slowness(pace, now)).toBeGreaterThan(3);
    now = steady(pace, 4, { from: now, forMs: 900_000, everyMs: 50 });
    expect(slowness(pace, now)).toBeLessThan(1.1);
    now = steady(pace, 1, { from: now, forMs: 900_000, everyMs: 50 });
    expect(slowness(pace, now)).toBeGreaterThan(0.8);
  });

  test("slowness() is that of one slow statement when one of many waited a minute for a lock", () => {
    const pace = freshPace();
    const now = steady(pace, 1, { from: 0, forMs: 60_000, everyMs: 50 });
    notePace(pace, 60_000, now);
    expect(slowness(pace, now)).toBeLessThan(1.3);
  });

  test("slowness() is 1 when nothing ever took any time, and tells once something does", () => {
    const pace = freshPace();
    let now = steady(pace, 0, { from: 0, forMs: 10_000, everyMs: 100 });
    expect(slowness(pace, now)).toBe(1);
    now = steady(pace, 2, { from: now, forMs: 3_000, everyMs: 100 });
    expect(slowness(pace, now)).toBeGreaterThan(2);
  });

  test("slowness() knows how old the last sample is, on a clock below zero and after a late reading", () => {
    const early = freshPace();
    let now = steady(early, 1, { from: -1e6, forMs: 60_000, everyMs: 100 });
    now = steady(early, 5, { from: now, forMs: 2_000, everyMs: 100 });
    expect(slowness(early, now)).toBeGreaterThan(2);
    expect(slowness(early, now + 10_001)).toBe(1);

    const late = freshPace();
    now = steady(late, 1, { from: 0, forMs: 60_000, everyMs: 100 });
    now = steady(late, 5, { from: now, forMs: 2_000, everyMs: 100 });
    notePace(late, 5, now - 30_000);
    expect(slowness(late, now)).toBeGreaterThan(2);
  });

  test("slowness() is a finite number above 0 whatever is noted, also under a clock that goes back", () => {
    const anyValue = fc.oneof(value, fc.constantFrom(0, -1, NaN, Infinity, 1e300, 1e-300));
    const steps = fc.array(
      fc.tuple(anyValue, fc.integer({ min: -5_000, max: 400_000 }), fc.boolean()),
      {
        maxLength: 80,
      },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: -1e6, max: 1e12 }), (steps, start) => {
        const pace = freshPace();
        let now = start;
        for (const [value, pause, learns] of steps) {
          now += pause;
          notePace(pace, value, now, learns);
          const slow = slowness(pace, now);
          expect(Number.isFinite(slow) && slow >= 0).toBe(true);
          expect(Number.isFinite(pace.usual) && Number.isFinite(pace.recent)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("notePace()", () => {
  test("notePace() makes a plain mean of many samples at one instant, and of the first ones", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const pace = freshPace();
        for (const one of values) notePace(pace, one, 5_000);
        const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
        expect(pace.recent).toBeCloseTo(mean, 6);
        expect(pace.usual).toBeCloseTo(mean, 6);
      }),
    );
  });

  test("notePace() keeps both means between the lowest and the highest sample", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, fc.nat(60_000)), { minLength: 1, maxLength: 60 }),
        (steps) => {
          const pace = freshPace();
          let now = 0;
          for (const [one, pause] of steps) notePace(pace, one, now += pause);
          const values = steps.map(([one]) => one);
          const [low, high] = [Math.min(...values) - 1e-9, Math.max(...values) + 1e-9];
          for (const mean of [pace.recent, pace.usual]) {
            expect(mean).toBeGreaterThanOrEqual(low);
            expect(mean).toBeLessThanOrEqual(high);
          }
        },
      ),
    );
  });

  test("notePace() forgets a slow first sample as fast as any other", () => {
    const pace = freshPace();
    notePace(pace, 100, 0);
    const now = steady(pace, 1, { from: 10, forMs: 60_000, everyMs: 10 });
    expect(pace.usual).toBeLessThan(1.1);
    expect(slowness(pace, now)).toBeGreaterThan(0.9);
  });

  test("notePace() keeps the usual through a night of silence, and corrects it in a quarter of an hour", () => {
    const pace = freshPace();
    const night = steady(pace, 1, { from: 0, forMs: 600_000, everyMs: 100 }) + 8 * 3_600_000;
    let now = steady(pace, 3, { from: night, forMs: 100, everyMs: 50 });
    expect(slowness(pace, now)).toBeGreaterThan(2);
    now = steady(pace, 3, { from: now, forMs: 900_000, everyMs: 100 });
    expect(slowness(pace, now)).toBeLessThan(1.1);
  });

  test("notePace() knows the pace of an endpoint that is called once a minute", () => {
    const pace = freshPace();
    const now = steady(pace, 1, { from: 0, forMs: 3_600_000, everyMs: 60_000 });
    notePace(pace, 5, now);
    expect(slowness(pace, now)).toBeGreaterThan(3);
  });

  test("notePace() learns by the clock: few slow samples correct what many fast ones made usual", () => {
    const pace = freshPace();
    let now = steady(pace, 1, { from: 0, forMs: 900_000, everyMs: 5 });
    now = steady(pace, 8, { from: now, forMs: 600_000, everyMs: 200 });
    expect(slowness(pace, now)).toBeLessThan(1.3);
  });

  test("notePace() that does not learn leaves the usual as it is, however long", () => {
    const pace = freshPace();
    let now = steady(pace, 1, { from: 0, forMs: 600_000, everyMs: 100 });
    const { usual, usualWeight } = pace;
    now = steady(pace, 2.5, { from: now, forMs: 3_600_000, everyMs: 100, learns: false });
    expect(slowness(pace, now)).toBeCloseTo(2.5, 2);
    expect(pace).toMatchObject({ usual, usualWeight });
    notePace(pace, 2.5, now);
    expect(pace.usual).toBeLessThan(1.01);
  });
});
