import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CallOutcome, clear, createWindow, record, totals } from "../../src/time/window.ts";

const outcome = fc.constantFrom<CallOutcome>("success", "failure", "slow");

describe("record()", () => {
  test("record() counts a slow call as a call that did not fail", () => {
    const window = createWindow(10_000);
    record(window, 0, "success");
    record(window, 0, "failure");
    record(window, 0, "slow");
    expect(totals(window, 0)).toEqual({ calls: 3, failures: 1, slow: 1 });
  });

  test("record() takes a late reading for the newest one", () => {
    const window = createWindow(10_000);
    record(window, 20_000, "success");
    record(window, 3_000, "failure");
    expect(totals(window, 20_000)).toEqual({ calls: 2, failures: 1, slow: 0 });
  });

  test("record() survives a clock that jumps by years, and one that starts below zero", () => {
    const window = createWindow(10_000);
    record(window, -123_456_789, "failure");
    record(window, 1e13, "failure");
    expect(totals(window, 1e13).failures).toBe(1);
    const early = createWindow(1_000);
    early.newest = -1_000_000;
    record(early, -5_500, "failure");
    expect(totals(early, -5_000).failures).toBe(1);
    expect(totals(early, -4_000).failures).toBe(0);
  });
});

describe("totals()", () => {
  test("totals() agrees with a list of every call, whatever the clock does", () => {
    const steps = fc.array(fc.tuple(fc.nat(4_000), outcome), { maxLength: 60 });
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 12 }),
        fc.nat(20_000),
        (calls, buckets, wait) => {
          const window = createWindow(6_000, buckets);
          const bucketOf = (at: number): number => Math.floor(at / window.bucketMs);
          const all: { at: number; outcome: CallOutcome }[] = [];
          let now = 0;
          for (const [pause, outcome] of calls) {
            now += pause;
            record(window, now, outcome);
            all.push({ at: now, outcome });
          }
          now += wait;
          const before = JSON.stringify(window);
          const kept = all.filter((c) => bucketOf(c.at) > bucketOf(now) - buckets);
          expect(totals(window, now)).toEqual({
            calls: kept.length,
            failures: kept.filter((c) => c.outcome === "failure").length,
            slow: kept.filter((c) => c.outcome === "slow").length,
          });
          expect(JSON.stringify(window)).toBe(before);
        },
      ),
    );
  });

  test("totals() reaches back at least the span less one bucket, and never beyond the span", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(12_000), (at, age) => {
        const window = createWindow(10_000);
        record(window, at, "failure");
        const { failures } = totals(window, at + age);
        if (age <= 9_000) expect(failures).toBe(1);
        if (age >= 10_000) expect(failures).toBe(0);
      }),
    );
  });
});

describe("clear()", () => {
  test("clear() forgets everything and counts on", () => {
    const window = createWindow(10_000);
    record(window, 100, "failure");
    clear(window);
    expect(totals(window, 100)).toEqual({ calls: 0, failures: 0, slow: 0 });
    record(window, 100, "slow");
    expect(totals(window, 100)).toEqual({ calls: 1, failures: 0, slow: 1 });
  });
});

describe("createWindow()", () => {
  test("createWindow() gives plain data that survives JSON", () => {
    const window = createWindow(10_000);
    record(window, 2_500, "failure");
    expect(JSON.parse(JSON.stringify(window))).toEqual(window);
  });
});
