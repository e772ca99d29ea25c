import { describe, expect, test } from "vitest";
import { type Cost, summarise as summariseCore } from "../../bench/core.ts";
import { type BenchResult, bundle, isComplete, lines } from "../../bench/report.ts";
import type { Samples } from "../../bench/rounds.ts";
import { type Rate, summarise as summariseLevel } from "../../bench/throughput.ts";

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
  return bundle(PLACE, { rounds: 3, calls: 10, ...result }, undefined);
}

function rates(...perSecond: readonly number[]): Samples<Rate> {
  return { ok: true, samples: perSecond.map((each) => ({ perSecond: each, cpuMicros: 20 })) };
}

function level(own: Samples<Rate>): BenchResult {
  const tally = new Map<string, Samples<Rate>>([
    ["holdfast", own],
    ["slow", rates(50, 200, 50)],
    ["fast", rates(100, 100, 100)],
  ]);
  const clients = ["holdfast", "slow", "fast"].map((name) => ({ name, consistsOf: `the ${name}` }));
  const levels = [summariseLevel(32, tally, clients)];
  return bundle(PLACE, undefined, { rounds: 3, sampleMs: 5, levels });
}

describe("summarise()", () => {
  test("summarise() of the core subtracts the base of the same round", () => {
    const [own] = core(costs(2, 1.25, 3)).core?.wrappers ?? [];
    expect(own?.addedMicros).toEqual({ median: 1.5, min: 1, max: 2 });
    expect(own?.addedCpuMicros).toEqual({ median: 3, min: 2, max: 4 });
  });

  test("summarise() of a level compares with the best of the others in the same round", () => {
    expect(level(rates(90, 100, 120)).throughput?.levels[0]?.ofBest)
      .toEqual({ median: 0.9, min: 0.5, max: 1.2 });
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
