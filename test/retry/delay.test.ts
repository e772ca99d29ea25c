import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { delayBefore, MAX_DELAY_MS } from "../../src/retry/delay.ts";
import { RetryStrategy } from "../../src/retry/strategy.ts";

const HALF = (): number => 0.5;

function delays(strategy: RetryStrategy, random: () => number, count = 5): number[] {
  const all: number[] = [];
  for (let n = 1; n <= count; n += 1) {
    all.push(delayBefore(strategy, n, all.at(-1) ?? 0, random));
  }
  return all;
}

describe("delayBefore()", () => {
  test.each<[string, RetryStrategy, number[]]>([
    ["fixed", RetryStrategy.fixed({ intervalMs: 40 }), [40, 40, 40, 40, 40]],
    ["linear", RetryStrategy.linear({ maxDelayMs: 1_800 }), [500, 1_000, 1_500, 1_800, 1_800]],
    [
      "linear without a cap",
      { type: "linear", initialDelayMs: 1, incrementMs: 20_000, maxAttempts: 9 },
      [1, 20_001, 30_000, 30_000, 30_000],
    ],
    ["exponential", RetryStrategy.exponential({ jitter: "none" }), [100, 200, 400, 800, 1_000]],
    ["exponential, full jitter", RetryStrategy.exponential(), [50, 100, 200, 400, 500]],
    [
      "exponential, bare",
      { type: "exponential", initialDelayMs: 100, maxDelayMs: 500, maxAttempts: 3 },
      [50, 100, 200, 250, 250],
    ],
    [
      "exponential, decorrelated jitter",
      RetryStrategy.exponential({ jitter: "decorrelated", maxDelayMs: 400 }),
      [100, 200, 350, 400, 400],
    ],
    ["custom, a list", RetryStrategy.custom([5, 10, 20]), [5, 10, 20, 20, 20]],
    ["custom, an empty list", RetryStrategy.custom([]), [0, 0, 0, 0, 0]],
    ["custom, a function", RetryStrategy.custom((n) => n * n), [1, 4, 9, 16, 25]],
    ["none", RetryStrategy.none(), [0, 0, 0, 0, 0]],
  ])("delayBefore() computes %s", (_what, strategy, expected) => {
    expect(delays(strategy, HALF)).toEqual(expected);
  });

  test.each([Number.NaN, -1, -Infinity])("delayBefore() takes %s for no delay", (odd) => {
    expect(delayBefore(RetryStrategy.custom(() => odd), 1, 0, HALF)).toBe(0);
    expect(delayBefore(RetryStrategy.fixed({ intervalMs: odd }), 1, 0, HALF)).toBe(0);
  });

  test("delayBefore() never asks a timer for more than it can count", () => {
    expect(delayBefore(RetryStrategy.custom(() => Infinity), 1, 0, HALF)).toBe(MAX_DELAY_MS);
    const endless = RetryStrategy.exponential({ maxDelayMs: Infinity, jitter: "none" });
    expect(delayBefore(endless, 5_000, 0, HALF)).toBe(MAX_DELAY_MS);
    const still = RetryStrategy.exponential({ initialDelayMs: 0 });
    expect(delayBefore(still, 5_000, 0, HALF)).toBe(0);
  });

  test("delayBefore() gives a number from 0 to the cap, whatever the strategy holds", () => {
    const any = fc.double();
    const strategy = fc.oneof(
      any.map((intervalMs) => RetryStrategy.fixed({ intervalMs })),
      fc.record({ initialDelayMs: any, incrementMs: any, maxDelayMs: any }).map(
        (options) => RetryStrategy.linear(options),
      ),
      fc
        .record({
          initialDelayMs: any,
          maxDelayMs: any,
          multiplier: any,
          jitter: fc.constantFrom("none" as const, "full" as const, "decorrelated" as const),
        })
        .map((options) => RetryStrategy.exponential(options)),
      fc.array(any).map((list) => RetryStrategy.custom(list)),
      any.map((delay) => RetryStrategy.custom(() => delay)),
    );
    const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(strategy, fc.nat(10_000), any, draw, (s, attempt, previous, random) => {
        const delay = delayBefore(s, attempt, previous, () => random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(MAX_DELAY_MS);
        if (s.type === "exponential" && s.maxDelayMs >= 0) {
          expect(delay).toBeLessThanOrEqual(s.maxDelayMs);
        }
      }),
    );
  });

  test("delayBefore() keeps decorrelated jitter between the initial delay and three times the last", () => {
    const strategy = RetryStrategy.exponential({ jitter: "decorrelated", maxDelayMs: 100_000 });
    const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 30_000, noNaN: true }), draw, (previous, random) => {
        const delay = delayBefore(strategy, 2, previous, () => random);
        expect(delay).toBeGreaterThanOrEqual(100);
        expect(delay).toBeLessThanOrEqual(Math.max(100, 3 * previous));
      }),
    );
  });
});
