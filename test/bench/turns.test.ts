import { describe, expect, test } from "vitest";
import type { Read } from "../../bench/arrivals.ts";
import { describe as describeAway, NOTICED_MS } from "../../bench/away/turn.ts";
import { describe as describeSlow } from "../../bench/slow/turn.ts";

function answered(calledAt: number, elapsedMs: number, servedBy?: string): Read {
  return { calledAt, elapsedMs, end: "answered", servedBy };
}

describe("a slow replica", () => {
  const PHASES = { fastFrom: 100, fastUntil: 200, slowFrom: 210, slowUntil: 300 };

  test("describe() keeps the phases apart and leaves out what was between them", () => {
    const reads = [
      answered(99, 1_000, "slow"),
      answered(100, 1, "slow"),
      answered(199, 3, "other"),
      answered(205, 1_000, "slow"),
      answered(210, 52, "slow"),
      answered(220, 2, "other"),
      answered(230, 3, "other"),
      answered(240, 3, "other"),
      answered(300, 1_000, "slow"),
    ];
    expect(describeSlow(reads, PHASES, "slow")).toEqual({
      before: { p50Ms: 1, p99Ms: 3 },
      p50Ms: 3,
      p99Ms: 52,
      meanMs: 15,
      slowShare: 0.25,
      failed: 0,
      firstError: undefined,
    });
  });

  test("describe() counts reads that failed or had no answer, and takes no time from them", () => {
    const reads: readonly Read[] = [
      answered(210, 5, "other"),
      { calledAt: 220, elapsedMs: 900, end: "failed", error: "boom" },
      { calledAt: 230, elapsedMs: 900, end: "unanswered" },
    ];
    expect(describeSlow(reads, PHASES, "slow"))
      .toMatchObject({ failed: 2, p99Ms: 5, slowShare: 0, firstError: "boom" });
  });
});

describe("a replica that goes away", () => {
  test("describe() looks only at reads that ended after the signal", () => {
    const reads: readonly Read[] = [
      { calledAt: 900, elapsedMs: 50, end: "failed", error: "before" },
      answered(990, 20),
      answered(1_100, 3),
    ];
    expect(describeAway(reads, 1_000)).toEqual({
      lastNoticedMs: 0,
      slowestMs: 20,
      retried: 0,
      failed: 0,
      unanswered: 0,
      firstError: undefined,
    });
  });

  test("describe() takes a read that failed, had no answer or took long for one that noticed", () => {
    const at = 1_000;
    const noticed = (read: Read): number => describeAway([answered(at, 1), read], at).lastNoticedMs;
    expect(noticed(answered(1_500, NOTICED_MS - 1))).toBe(0);
    expect(noticed(answered(1_500, NOTICED_MS))).toBe(500);
    expect(noticed({ calledAt: 1_600, elapsedMs: 1, end: "failed", error: "boom" })).toBe(600);
    expect(noticed({ calledAt: 1_700, elapsedMs: 1, end: "unanswered" })).toBe(700);
  });

  test("describe() counts what became of the reads", () => {
    const reads: readonly Read[] = [
      { ...answered(1_000, 4), attempts: 2 },
      { ...answered(1_000, 1), attempts: 1 },
      { calledAt: 1_600, elapsedMs: 1, end: "failed", error: "boom" },
      { calledAt: 1_700, elapsedMs: 8_000, end: "unanswered" },
      { calledAt: 1_800, elapsedMs: 7_900, end: "unanswered" },
    ];
    expect(describeAway(reads, 1_000)).toMatchObject({
      retried: 1,
      failed: 1,
      unanswered: 2,
      slowestMs: 8_000,
      firstError: "boom",
    });
  });
});
