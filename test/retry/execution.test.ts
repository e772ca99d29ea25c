import { describe, expect, test } from "vitest";
import { ExecutionStrategy, TimeoutStrategy } from "../../src/retry/execution.ts";
import { RetryStrategy } from "../../src/retry/strategy.ts";

describe("ExecutionStrategy", () => {
  test("ExecutionStrategy.default() is three attempts under full jitter", () => {
    expect(ExecutionStrategy.default()).toEqual({
      retry: {
        type: "exponential",
        initialDelayMs: 100,
        maxDelayMs: 1_000,
        multiplier: 2,
        jitter: "full",
        maxAttempts: 3,
      },
      timeout: { connectionMs: 5_000, queryMs: 30_000, transactionMs: 60_000, bulkMs: 300_000 },
    });
  });

  test("ExecutionStrategy.robust() has the guide's numbers", () => {
    expect(ExecutionStrategy.robust().retry).toMatchObject({
      initialDelayMs: 100,
      maxDelayMs: 30_000,
      multiplier: 2,
      maxAttempts: 5,
    });
  });

  test("ExecutionStrategy gets slower and more patient from fast to robust", () => {
    const presets = [
      ExecutionStrategy.fast(),
      ExecutionStrategy.default(),
      ExecutionStrategy.robust(),
    ];
    expect(presets.map((p) => p.retry.maxAttempts)).toEqual([2, 3, 5]);
    for (const key of ["connectionMs", "queryMs", "transactionMs", "bulkMs"] as const) {
      const [fast = 0, usual = 0, robust = 0] = presets.map((p) => p.timeout[key]);
      expect(fast).toBeLessThan(usual);
      expect(usual).toBeLessThan(robust);
    }
  });
});

describe("TimeoutStrategy", () => {
  test("TimeoutStrategy leaves a query time for a second connect", () => {
    for (const t of [TimeoutStrategy.fast(), TimeoutStrategy.default(), TimeoutStrategy.robust()]) {
      expect(t.queryMs).toBeGreaterThan(2 * t.connectionMs);
    }
  });
});

describe("RetryStrategy", () => {
  test("RetryStrategy takes the guide's three examples as they are", () => {
    expect(RetryStrategy.fixed({ intervalMs: 1_000, maxAttempts: 3 })).toEqual(
      RetryStrategy.fixed(),
    );
    expect(
      RetryStrategy.linear({ initialDelayMs: 500, incrementMs: 500, maxAttempts: 3 }),
    ).toEqual(RetryStrategy.linear());
    expect(
      RetryStrategy.exponential({
        initialDelayMs: 100,
        maxDelayMs: 30_000,
        multiplier: 2,
        maxAttempts: 5,
      }),
    ).toEqual(ExecutionStrategy.robust().retry);
  });

  test("RetryStrategy.custom() tries once more than it has delays", () => {
    expect(RetryStrategy.custom([1, 2]).maxAttempts).toBe(3);
    expect(RetryStrategy.custom([1, 2], 10).maxAttempts).toBe(10);
    expect(RetryStrategy.custom(() => 1).maxAttempts).toBe(3);
  });

  test("RetryStrategy.none() never retries", () => {
    expect(RetryStrategy.none().maxAttempts).toBe(1);
  });
});
