import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { balance, createBudget, deposit, withdraw } from "../../src/retry/budget.ts";

describe("createBudget()", () => {
  test("createBudget() grants Finagle's floor: 10 a second over 10 s", () => {
    const budget = createBudget({}, 0);
    expect(balance(budget, 0)).toBe(100);
    for (let n = 0; n < 100; n += 1) expect(withdraw(budget, 0)).toBe(true);
    expect(withdraw(budget, 0)).toBe(false);
  });
});

describe("deposit()", () => {
  test("deposit() of five calls earns one retry at a ratio of 0.2", () => {
    const budget = createBudget({ minRetriesPerSecond: 0 }, 0);
    for (let n = 0; n < 4; n += 1) deposit(budget, 0);
    expect(balance(budget, 0)).toBe(0);
    deposit(budget, 0);
    expect(balance(budget, 0)).toBe(1);
  });

  test("deposit() is forgotten after the time to live", () => {
    const budget = createBudget({ minRetriesPerSecond: 0 }, 0);
    for (let n = 0; n < 50; n += 1) deposit(budget, 500);
    expect(balance(budget, 9_999)).toBe(10);
    expect(balance(budget, 10_000)).toBe(0);
  });
});

describe("withdraw()", () => {
  test("withdraw() is forgotten after the time to live, so the floor comes back", () => {
    const budget = createBudget({ minRetriesPerSecond: 0.1 }, 0);
    expect(withdraw(budget, 0)).toBe(true);
    expect(withdraw(budget, 5_000)).toBe(false);
    expect(withdraw(budget, 10_000)).toBe(true);
  });

  test("withdraw() survives a pause of any length", () => {
    const budget = createBudget({}, 0);
    for (let n = 0; n < 100; n += 1) withdraw(budget, 0);
    expect(balance(budget, 1e12)).toBe(100);
    deposit(budget, 1e12);
    expect(budget.slotEndsAt).toBeGreaterThan(1e12);
  });
});

describe("balance()", () => {
  const step = fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.nat(300), fc.nat(25_000)),
    calls: fc.nat(20),
    retries: fc.nat(10),
  });

  test("balance() never lets the retries of a time to live exceed the floor and the ratio", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(5),
        (steps, ratio, minRetriesPerSecond) => {
          const budget = createBudget({ ratio, minRetriesPerSecond }, 0);
          const calls: number[] = [];
          const retries: number[] = [];
          let now = 0;
          for (const { afterMs, calls: deposits, retries: wanted } of steps) {
            now += afterMs;
            for (let n = 0; n < deposits; n += 1) {
              deposit(budget, now);
              calls.push(now);
            }
            for (let n = 0; n < wanted; n += 1) {
              const had = balance(budget, now);
              const got = withdraw(budget, now);
              expect(got).toBe(had >= 1);
              if (!got) continue;
              retries.push(now);
              // A slot is a tenth of the window, so what it remembers lies between 9 s and 10 s.
              const remembered = calls.filter((at) => at > now - 10_000).length;
              const spent = retries.filter((at) => at > now - 9_000).length;
              expect(spent).toBeLessThanOrEqual(
                10 * minRetriesPerSecond + ratio * remembered + 1e-6,
              );
            }
          }
          expect(budget.totalCalls).toBe(budget.calls.reduce((sum, n) => sum + n, 0));
          expect(budget.totalRetries).toBe(budget.retries.reduce((sum, n) => sum + n, 0));
        },
      ),
    );
  });
});
