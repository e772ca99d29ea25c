import { describe, expect, test } from "vitest";
import { isAvailable, type Observed, READING_NAMES, readingOf } from "../../src/observe/reading.ts";

const WELL: Observed = {
  draining: false,
  role: "replica",
  circuit: "closed",
  ejected: false,
  lagMs: undefined,
  score: 100,
  latencyMs: 20,
  p50Ms: 19,
  window: { calls: 10, failures: 0 },
  pool: { size: 3, waiting: 0 },
};
const OUT: Observed = { ...WELL, circuit: "open", score: 0, latencyMs: 9_000 };

function read(...endpoints: readonly Observed[]) {
  return readingOf({ endpoints, running: 4, retryBudget: 7 });
}

describe("isAvailable()", () => {
  test.each(
    [
      ["closed", true],
      ["open", false],
      ["halfOpen", false],
      ["isolated", false],
    ] as const,
  )("a %s circuit: %s", (circuit, expected) => {
    expect(isAvailable({ ...WELL, circuit })).toBe(expected);
  });

  test("not while it is being removed, nor an old primary come back", () => {
    expect(isAvailable({ ...WELL, draining: true })).toBe(false);
    expect(isAvailable({ ...WELL, role: "outdated" })).toBe(false);
    expect(isAvailable({ ...WELL, role: "unknown" })).toBe(true);
  });
});

describe("readingOf()", () => {
  test("sums up what is observed", () => {
    const primary: Observed = { ...WELL, role: "primary", latencyMs: 40 };
    const failing: Observed = { ...OUT, window: { calls: 10, failures: 6 } };
    expect(read(primary, WELL, { ...failing, pool: { size: 0, waiting: 5 } })).toEqual({
      totalEndpoints: 3,
      availableEndpoints: 2,
      availableRatio: 2 / 3,
      availablePrimaries: 1,
      avgResponseMs: 30,
      avgScore: 200 / 3,
      lowestScore: 0,
      totalConnections: 6,
      waitingCallers: 5,
      runningCalls: 4,
      failedRatio: 0.2,
      retryBudget: 7,
    });
  });

  test("knows nothing of answer times and failures before there was traffic", () => {
    const idle: Observed = { ...WELL, latencyMs: 0, p50Ms: 0, window: { calls: 0, failures: 0 } };
    const reading = read(idle);
    expect(reading).not.toHaveProperty("avgResponseMs");
    expect(reading).not.toHaveProperty("failedRatio");
  });

  test("leaves out answer times of endpoints that are out, or have not answered for long", () => {
    expect(read(WELL, OUT).avgResponseMs).toBe(20);
    expect(read(WELL, { ...WELL, latencyMs: 9_000, p50Ms: 0 }).avgResponseMs).toBe(20);
    expect(read(OUT)).not.toHaveProperty("avgResponseMs");
  });

  test("knows no share of nothing", () => {
    expect(Object.values(read()).some(Number.isNaN)).toBe(false);
    expect(read()).not.toHaveProperty("availableRatio");
  });

  test("gives the numbers that READING_NAMES lists", () => {
    expect(Object.keys(read({ ...WELL, lagMs: 5 })).sort()).toEqual([...READING_NAMES].sort());
  });
});
