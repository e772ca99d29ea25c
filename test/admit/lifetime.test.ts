import fc from "fast-check";
import { expect, test } from "vitest";
import { lifetimeMs } from "../../src/admit/lifetime.ts";

const HOUR = 3_600_000;
const offset = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** The smallest distance between any two of the lifetimes of `n` connections opened in a row. */
function closest(n: number, first: number, offset: number, maxLifetimeMs = HOUR): number {
  const ends = Array.from({ length: n }, (_, i) => lifetimeMs(maxLifetimeMs, first + i, offset))
    .toSorted((a, b) => a - b);
  return Math.min(...ends.slice(1).map((end, i) => end - (ends[i] ?? 0)));
}

/** Golden to the power of the index of the largest Fibonacci number below `n`. */
function threeGap(n: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [before, last, gap] = [1, 1, golden ** 2];
  while (before + last < n) {
    [before, last] = [last, before + last];
    gap *= golden;
  }
  return gap;
}

test("lifetimeMs() is between half and the whole of the longest", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), offset, (nth, offset) => {
      const life = lifetimeMs(HOUR, nth, offset);
      expect(life).toBeGreaterThanOrEqual(HOUR / 2);
      expect(life).toBeLessThan(HOUR);
    }),
  );
});

test("lifetimeMs() is without an end when there is no longest", () => {
  expect(lifetimeMs(Infinity, 3, 0.3)).toBe(Infinity);
});

test("lifetimeMs() keeps n connections in a row at least half the longest / (√5 × n) apart", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 100 }),
      fc.nat(1_000_000),
      offset,
      (n, first, offset) => {
        const gap = closest(n, first, offset);
        expect(gap).toBeGreaterThan(HOUR / 2 / (Math.sqrt(5) * n));
        // The three-gap theorem knows it exactly; two may also be neighbours across the wrap, not here.
        expect(gap).toBeGreaterThan(HOUR / 2 * threeGap(n) * (1 - 1e-6));
      },
    ),
    { numRuns: 1_000 },
  );
});

test("lifetimeMs() reaches that bound: no better one holds for every n", () => {
  // Just after a Fibonacci number a new smallest distance has come up.
  for (const n of [22, 35, 56, 90]) {
    const gap = Math.min(...[0, 0.2, 0.4, 0.6, 0.8].map((offset) => closest(n, 0, offset)));
    expect(gap * Math.sqrt(5) * n / (HOUR / 2)).toBeGreaterThan(1);
    expect(gap * Math.sqrt(5) * n / (HOUR / 2)).toBeLessThan(1.2);
    expect(gap).toBeCloseTo(HOUR / 2 * threeGap(n), 3);
  }
});

test("lifetimeMs() retires ten opened together one by one, minutes apart", () => {
  expect(closest(10, 0, 0)).toBeGreaterThan(60_000);
  const ends = Array.from(
    { length: 10 },
    (_, nth) => Math.round(lifetimeMs(HOUR, nth, 0) / 60_000),
  );
  expect(ends).toEqual([30, 49, 37, 56, 44, 33, 51, 40, 58, 47]);
});
