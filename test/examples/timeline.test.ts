import { describe, expect, test } from "vitest";
import { paceFor } from "../../examples/demo/pace.ts";
import { bar, next, plan } from "../../examples/demo/timeline.ts";

const steps = plan(20);

describe("plan()", () => {
  test("plan() scales every step to the length", () => {
    expect(plan(20).map((step) => step.atMs)).toEqual(plan(10).map((step) => step.atMs * 2));
    expect(Math.max(...steps.map((step) => step.atMs))).toBeLessThan(20_000);
  });

  test("plan() never takes both replicas away, or one away and one slow, at the same time", () => {
    const away = new Set<string>();
    for (const { action } of steps) {
      if (action === "slowReplica") away.add("replica2");
      if (action === "quickenReplica") away.delete("replica2");
      if (action === "killReplica") away.add("replica1");
      if (action === "startReplica") away.delete("replica1");
      if (action === "freezeReplica") away.add("replica2");
      if (action === "thawReplica") away.delete("replica2");
      expect(away.size).toBeLessThan(2);
      if (action === "killPrimary" || action === "failover") expect(away.size).toBe(0);
    }
  });

  test.each([20, 30])(
    "plan() leaves time to notice, to climb and to ramp within %i s",
    (seconds) => {
      const at = (action: string): number =>
        plan(seconds).find((step) => step.action === action)?.atMs ?? Number.NaN;
      const { rampMs, recovery, outlier } = paceFor(seconds);
      // Until a frozen one is down it takes 3.2 s; then the ladder's pauses, of one, two times the backoff.
      expect(at("thawReplica") - at("freezeReplica")).toBeGreaterThan(
        3_200 + 3 * recovery.backoffMs,
      );
      expect(at("slowReplica") - at("startReplica")).toBeGreaterThan(rampMs);
      expect(at("freezeReplica") - at("quickenReplica")).toBeGreaterThan(outlier.baseEjectionMs);
      expect(seconds * 1_000 - at("rejoin")).toBeGreaterThan(rampMs);
    },
  );
});

describe("bar()", () => {
  test("bar() is as wide as asked and marks what is done", () => {
    const line = bar({ nowMs: 10_500, totalMs: 20_000, done: 4, steps }, 40);
    expect(line).toHaveLength(40);
    expect(line.match(/◆/g)).toHaveLength(4);
    expect(line.match(/◇/g)).toHaveLength(5);
    expect(line).toMatch(/^━━◆/);
  });

  test("bar() survives one column and a time past the end", () => {
    expect(bar({ nowMs: 99_000, totalMs: 20_000, done: 9, steps }, 1)).toHaveLength(1);
  });
});

describe("next()", () => {
  test("next() counts down to the next step, then to the end", () => {
    expect(next({ nowMs: 200, totalMs: 20_000, done: 0, steps })).toBe(
      "in 1.0 s: kill -9 replica1",
    );
    expect(next({ nowMs: 1_300, totalMs: 20_000, done: 0, steps })).toBe("now: kill -9 replica1");
    expect(next({ nowMs: 18_000, totalMs: 20_000, done: 9, steps })).toBe("ends in 2.0 s");
    expect(next({ nowMs: 21_000, totalMs: 20_000, done: 9, steps })).toBe("ends in 0.0 s");
  });
});
