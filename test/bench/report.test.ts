import { describe, expect, test } from "vitest";
import { type Cost, summarise as summariseCore } from "../../bench/core.ts";
import { type BenchResult, bundle, isComplete, lines } from "../../bench/report.ts";
import type { Samples } from "../../bench/rounds.ts";
import { summarise as summariseLevel, together, type Work } from "../../bench/throughput.ts";

const PLACE = { node: "v24", processor: "abacus", cores: 2, loadBefore: 0.1, loadAfter: 1.25 };

function costs(...micros: readonly number[]): Samples<Cost> {
  return { ok: true, samples: micros.map((each) => ({ micros: each, cpuMicros: 2 * each })) };
}

function core(own: Samples<Cost>): BenchResult {
  const tally = new Map<string, Samples<Cost>>([
    ["bare", costs(0.5, 0.25, 1)],
    ["holdfast", own],
  ]);
  const wrappers = [{ name: "holdfast", consistsOf: "all of it" }];
  const result = summariseCore(tally, "bare", wrappers);
  return bundle(PLACE, { core: { rounds: 3, calls: 10, ...result } });
}

function rates(...perSecond: readonly number[]): Samples<Work> {
  return {
    ok: true,
    samples: perSecond.map((each) => ({
      answers: each * 2,
      elapsedMs: 2_000,
      cpuMicros: each * 40,
    })),
  };
}

function level(own: Samples<Work>): BenchResult {
  const tally = new Map<string, Samples<Work>>([
    ["holdfast", own],
    ["slow", rates(50, 200, 50)],
    ["fast", rates(100, 100, 100)],
  ]);
  const clients = ["holdfast", "slow", "fast"].map((name) => ({ name, consistsOf: `the ${name}` }));
  const levels = [summariseLevel(32, tally, clients)];
  return bundle(PLACE, { throughput: { rounds: 3, turns: 2, turnMs: 5, levels } });
}

describe("summarise()", () => {
  test("summarise() of the core subtracts the base of the same round", () => {
    const [own] = core(costs(2, 1.25, 3)).core?.wrappers ?? [];
    expect(own?.addedMicros).toEqual({ median: 1.5, min: 1, max: 2 });
    expect(own?.addedCpuMicros).toEqual({ median: 3, min: 2, max: 4 });
  });

  test("summarise() of a level compares with the best of the others in the same round", () => {
    const result = level(rates(90, 100, 120)).throughput?.levels[0];
    expect(result?.ofBest).toEqual({ median: 0.9, min: 0.5, max: 1.2 });
    expect(result?.ofEach).toEqual([
      { name: "slow", ratio: { median: 1.8, min: 0.5, max: 2.4 } },
      { name: "fast", ratio: { median: 1, min: 0.9, max: 1.2 } },
    ]);
  });

  test("summarise() of a level gives rates, and processor time per query", () => {
    const own = level(rates(90, 100, 120)).throughput?.levels[0]?.clients[0];
    expect(own?.perSecond).toEqual({ median: 100, min: 90, max: 120 });
    expect(own?.cpuMicros).toEqual({ median: 20, min: 20, max: 20 });
  });
});

describe("together()", () => {
  test("together() adds up what several turns did", () => {
    const turns = [1, 2].map((n) => ({ answers: n, elapsedMs: 10 * n, cpuMicros: 100 * n }));
    expect(together(turns)).toEqual({ answers: 3, elapsedMs: 30, cpuMicros: 300 });
  });
});

describe("lines()", () => {
  test("lines() says whether the core's aim was met", () => {
    expect(lines(core(costs(2, 1.25, 3))).join("\n"))
      .toMatch(/holdfast +1\.50 \[ +1\.00 … +2\.00\].*\n[^]*at most 2 µs: met/);
    expect(lines(core(costs(9, 9, 9))).join("\n")).toContain("missed");
  });

  test("lines() says whether the aim of a level was met", () => {
    expect(lines(level(rates(90, 190, 95))).join("\n")).toMatch(
      /0\.95 \[[^]*at least 0\.95.*: met/,
    );
    expect(lines(level(rates(90, 10, 90))).join("\n")).toContain("missed");
  });

  test("lines() shows an error where a contestant erred, and no number", () => {
    const text = lines(core({ ok: false, error: "boom" })).join("\n");
    expect(text).toMatch(/holdfast +failed: boom/);
    expect(text).toContain("not measured");
  });
});

describe("isComplete()", () => {
  test("isComplete() is false as soon as one figure is an error", () => {
    expect(isComplete(core(costs(1, 2, 3)))).toBe(true);
    expect(isComplete(core({ ok: false, error: "boom" }))).toBe(false);
    expect(isComplete(level(rates(1, 2, 3)))).toBe(true);
    expect(isComplete(level({ ok: false, error: "boom" }))).toBe(false);
  });
});
