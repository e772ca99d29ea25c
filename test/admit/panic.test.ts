import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ejectionsAllowed, isPanic } from "../../src/admit/panic.ts";

const anyTotal = fc.nat(200);
/** Ratios as people write them, in hundredths, as the double nearest to them. */
const anyPercent = fc.nat(100);

describe("isPanic()", () => {
  test("begins below the threshold, not at it", () => {
    expect([4, 3, 2, 1, 0].map((healthy) => isPanic(healthy, 4, 0.5))).toEqual(
      [false, false, false, true, true],
    );
    expect(isPanic(1, 3, 0.5)).toBe(true);
    expect(isPanic(0, 1, 0.5)).toBe(true);
  });

  test("needs endpoints to panic about, and a threshold", () => {
    expect(isPanic(0, 0, 0.5)).toBe(false);
    expect(isPanic(0, 5, 0)).toBe(false);
    expect(isPanic(4, 5, 1)).toBe(true);
    expect(isPanic(5, 5, 1)).toBe(false);
  });

  test("reckons as people do, whatever a ratio is to a machine", () => {
    expect(isPanic(7, 100, 0.07)).toBe(false);
    expect(isPanic(28, 100, 0.28)).toBe(false);
    fc.assert(fc.property(fc.nat(200), anyTotal, anyPercent, (healthy, total, percent) => {
      fc.pre(healthy <= total);
      expect(isPanic(healthy, total, percent / 100)).toBe(100 * healthy < percent * total);
    }));
  });
});

describe("ejectionsAllowed()", () => {
  test("allows the ratio's share, and one of two where that is less", () => {
    expect([0, 1, 2, 3, 9, 10, 20, 39].map((total) => ejectionsAllowed(total, 0.1))).toEqual(
      [0, 0, 1, 1, 1, 1, 2, 3],
    );
    expect([2, 3, 4, 5].map((total) => ejectionsAllowed(total, 0.5))).toEqual([1, 1, 2, 2]);
  });

  test("never allows all, and none at all at 0", () => {
    expect([1, 2, 3, 10].map((total) => ejectionsAllowed(total, 1))).toEqual([0, 1, 2, 9]);
    expect([1, 2, 3, 10].map((total) => ejectionsAllowed(total, 0))).toEqual([0, 0, 0, 0]);
    expect(ejectionsAllowed(10, NaN)).toBe(0);
  });

  test("reckons as people do, whatever a ratio is to a machine", () => {
    expect(ejectionsAllowed(100, 0.29)).toBe(29);
    fc.assert(
      fc.property(anyTotal, fc.integer({ min: 1, max: 100 }), (total, percent) => {
        const allowed = ejectionsAllowed(total, percent / 100);
        const share = Math.floor((percent * total) / 100);
        expect(allowed).toBe(total < 2 ? 0 : Math.min(total - 1, Math.max(1, share)));
      }),
      { numRuns: 2_000 },
    );
  });
});
