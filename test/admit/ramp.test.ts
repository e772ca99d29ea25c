import fc from "fast-check";
import { expect, test } from "vitest";
import { admitsByRamp, isOver, share } from "../../src/admit/ramp.ts";

const ramp = { startedAt: 1_000, overMs: 10_000 };

test("share() goes from a tenth in a straight line to all", () => {
  expect(share(ramp, 1_000)).toBe(0.1);
  expect(share(ramp, 6_000)).toBeCloseTo(0.55);
  expect(share(ramp, 11_000)).toBe(1);
  expect(share(ramp, 1e9)).toBe(1);
});

test("share() is a tenth on a clock that went back, and all of it for a ramp of no length", () => {
  expect(share(ramp, 0)).toBe(0.1);
  expect(share({ startedAt: 1_000, overMs: 0 }, 1_000)).toBe(1);
});

test("share() only grows, stays between a tenth and 1, and is 1 exactly when the ramp is over", () => {
  fc.assert(
    fc.property(
      fc.nat(20_000),
      fc.nat(20_000),
      fc.integer({ min: 1, max: 15_000 }),
      (a, b, overMs) => {
        const one = { startedAt: 2_000, overMs };
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(share(one, early)).toBeLessThanOrEqual(share(one, late));
        expect(share(one, early)).toBeGreaterThanOrEqual(0.1);
        expect(share(one, late)).toBeLessThanOrEqual(1);
        expect(share(one, late) === 1).toBe(isOver(one, late));
      },
    ),
  );
});

test("admitsByRamp() lets through the share of evenly spread draws, and everything once it is over", () => {
  const draws = Array.from({ length: 1_000 }, (_, i) => i / 1_000);
  const through = (now: number): number =>
    draws.filter((draw) => admitsByRamp(ramp, now, draw)).length;
  expect(through(1_000)).toBe(100);
  expect(through(6_000)).toBe(550);
  expect(through(11_000)).toBe(1_000);
});
