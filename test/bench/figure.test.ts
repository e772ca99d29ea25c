import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  figure,
  figureBeside,
  figureOf,
  firstErrorOf,
  isMeasured,
  mean,
  median,
  quantile,
} from "../../bench/figure.ts";
import type { Samples, Tally } from "../../bench/rounds.ts";

function tally(entries: Record<string, Samples<number>>): Tally<number> {
  return new Map(Object.entries(entries));
}

const itself = (value: number): number => value;

describe("median()", () => {
  test("median() is the middle one, or the mean of the middle two", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
  });

  test("median() has as many values above it as below it, in whatever order they come", () => {
    fc.assert(fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
      const middle = median(values);
      const below = values.filter((value) => value < middle).length;
      const above = values.filter((value) => value > middle).length;
      expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      expect(median(values.toReversed())).toBe(middle);
    }));
  });
});

describe("quantile()", () => {
  test("quantile() is the smallest value that so many are at or below", () => {
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 1)).toBe(100);
    expect(quantile([7], 0.01)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  test("quantile() leaves at most the rest above it", () => {
    const some = fc.array(fc.integer(), { minLength: 1 });
    fc.assert(fc.property(some, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      const value = quantile(values, share);
      expect(values).toContain(value);
      const above = values.filter((each) => each > value).length;
      expect(above).toBeLessThanOrEqual((1 - share) * values.length + 1e-9);
    }));
  });
});

describe("mean()", () => {
  test("mean() is the sum over the count", () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(mean([])).toBeNaN();
  });
});

describe("firstErrorOf()", () => {
  test("firstErrorOf() finds the first sample that has one, and has none to tell otherwise", () => {
    const samples = [{}, { firstError: "boom" }, { firstError: "bang" }];
    const some = new Map([["a", { ok: true, samples } as const]]);
    expect(firstErrorOf(some, "a")).toEqual({ firstError: "boom" });
    expect(firstErrorOf(some, "b")).toEqual({});
    expect(firstErrorOf(new Map([["a", { ok: true, samples: [{}] }]]), "a")).toEqual({});
  });
});

describe("figure()", () => {
  test("figure() has the median and the range", () => {
    expect(figure([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
  });

  test("figure() of nothing is an error and not a number", () => {
    expect(isMeasured(figure([]))).toBe(false);
  });
});

describe("figureOf()", () => {
  test("figureOf() reads one number of each sample", () => {
    expect(figureOf(tally({ a: { ok: true, samples: [1, 2, 4] } }), "a", (n) => n * 10))
      .toEqual({ median: 20, min: 10, max: 40 });
  });

  test("figureOf() passes on what went wrong, also that somebody is missing", () => {
    expect(figureOf(tally({ a: { ok: false, error: "boom" } }), "a", itself))
      .toEqual({ error: "boom" });
    expect(figureOf(tally({}), "b", itself)).toEqual({ error: "b did not take part" });
  });
});

describe("figureBeside()", () => {
  test("figureBeside() compares within a round, not over all of them", () => {
    const rounds = tally({
      own: { ok: true, samples: [10, 20, 30] },
      one: { ok: true, samples: [20, 10, 15] },
      two: { ok: true, samples: [5, 40, 15] },
    });
    expect(figureBeside(rounds, "own", ["one", "two"], (own, others) => own / Math.max(...others)))
      .toEqual({ median: 0.5, min: 0.5, max: 2 });
  });

  test("figureBeside() is an error when any of those compared erred", () => {
    const rounds = tally({
      own: { ok: true, samples: [1] },
      one: { ok: false, error: "boom" },
    });
    expect(figureBeside(rounds, "own", ["one"], itself)).toEqual({ error: "one failed: boom" });
    expect(figureBeside(rounds, "one", ["own"], itself)).toEqual({ error: "boom" });
  });
});
