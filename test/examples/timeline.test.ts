import { describe, expect, test } from "vitest";
import { bar, next, plan } from "../../examples/demo/timeline.ts";

const steps = plan(20);

describe("plan()", () => {
  test("plan() scales every step to the length", () => {
    expect(plan(20).map((step) => step.atMs)).toEqual(plan(10).map((step) => step.atMs * 2));
    expect(Math.max(...steps.map((step) => step.atMs))).toBeLessThan(20_000);
  });

  test("plan() never takes both replicas away at the same time", () => {
    const away = new Set<string>();
    for (const { action } of steps) {
      if (action === "killReplica") away.add("replica1");
      if (action === "startReplica") away.delete("replica1");
      if (action === "freezeReplica") away.add("replica2");
      if (action === "thawReplica") away.delete("replica2");
      expect(away.size).toBeLessThan(2);
      if (action === "killPrimary" || action === "failover") expect(away.size).toBe(0);
    }
  });
});

describe("bar()", () => {
  test("bar() is as wide as asked and marks what is done", () => {
    const line = bar({ nowMs: 10_500, totalMs: 20_000, done: 4, steps }, 40);
    expect(line).toHaveLength(40);
    expect(line.match(/◆/g)).toHaveLength(4);
    expect(line.match(/◇/g)).toHaveLength(3);
    expect(line).toMatch(/^━━━━◆/);
  });

  test("bar() survives one column and a time past the end", () => {
    expect(bar({ nowMs: 99_000, totalMs: 20_000, done: 7, steps }, 1)).toHaveLength(1);
  });
});

describe("next()", () => {
  test("next() counts down to the next step, then to the end", () => {
    expect(next({ nowMs: 1_000, totalMs: 20_000, done: 0, steps })).toBe(
      "in 1.0 s: kill -9 replica1",
    );
    expect(next({ nowMs: 2_100, totalMs: 20_000, done: 0, steps })).toBe("now: kill -9 replica1");
    expect(next({ nowMs: 18_000, totalMs: 20_000, done: 7, steps })).toBe("ends in 2.0 s");
    expect(next({ nowMs: 21_000, totalMs: 20_000, done: 7, steps })).toBe("ends in 0.0 s");
  });
});
