import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSketch, note, quantiles } from "../../src/observe/latency.ts";

const SPAN = 10_000;

describe("quantiles()", () => {
  test("quantiles() of nothing are 0", () => {
    expect(quantiles([createSketch(SPAN, 0)], [0.5, 0.99], 0)).toEqual([0, 0]);
  });

  test("quantiles() are within 5 % of the exact ones", () => {
    const times = fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(times, fc.constantFrom(0.5, 0.95, 0.99), (values, q) => {
        const sketch = createSketch(SPAN, 0);
        for (const value of values) note(sketch, value, 0);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? 0;
        const [estimate = 0] = quantiles([sketch], [q], 0);
        expect(Math.abs(estimate - exact) / exact).toBeLessThanOrEqual(0.0501);
      }),
    );
  });

  test("quantiles() forget what is older than two spans", () => {
    const sketch = createSketch(SPAN, 0);
    note(sketch, 5_000, 0);
    note(sketch, 1, SPAN + 1);
    const [both = 0] = quantiles([sketch], [1], SPAN + 2);
    const [recent = 0] = quantiles([sketch], [1], 2 * SPAN + 2);
    expect(both).toBeGreaterThan(4_000);
    expect(recent).toBeLessThan(2);
  });

  test("quantiles() forget everything after a long silence", () => {
    const sketch = createSketch(SPAN, 0);
    note(sketch, 5_000, 0);
    expect(quantiles([sketch], [0.5], 3 * SPAN)).toEqual([0]);
  });

  test("note() keeps extremes in its first and last bucket", () => {
    const sketch = createSketch(SPAN, 0);
    note(sketch, 0, 0);
    note(sketch, 1e12, 0);
    const [low = 0, high = 0] = quantiles([sketch], [0.5, 1], 0);
    expect(low).toBeLessThanOrEqual(0.01);
    expect(high).toBeGreaterThan(3_600_000);
  });
});
