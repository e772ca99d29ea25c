import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decayed, remaining, smooth } from "../../src/time/decay.ts";

describe("smooth()", () => {
  test("smooth() moves the mean by the sample's share", () => {
    expect(smooth(10, 20, 0.2)).toBe(12);
    expect(smooth(10, 20, 0)).toBe(10);
    expect(smooth(10, 20, 1)).toBe(20);
  });

  test("smooth() stays between the mean and the sample", () => {
    const value = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        value,
        value,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (mean, sample, alpha) => {
          const next = smooth(mean, sample, alpha);
          expect(next).toBeGreaterThanOrEqual(Math.min(mean, sample) - 1e-6);
          expect(next).toBeLessThanOrEqual(Math.max(mean, sample) + 1e-6);
        },
      ),
    );
  });
});

describe("remaining()", () => {
  test("remaining() is 1 at once, 1/e after tau, and 1 for a clock that went back", () => {
    expect(remaining(100, 100, 50)).toBe(1);
    expect(remaining(100, 150, 50)).toBeCloseTo(1 / Math.E);
    expect(remaining(100, 20, 50)).toBe(1);
  });
});

describe("decayed()", () => {
  test("decayed() over two spans is the same as over both at once", () => {
    const once = decayed(80, 0, 700, 1_000);
    const twice = decayed(decayed(80, 0, 300, 1_000), 300, 700, 1_000);
    expect(twice).toBeCloseTo(once);
  });
});
