import { describe, expect, test } from "vitest";
import { summarise as summariseAway } from "../../bench/away/measure.ts";
import { awayReport } from "../../bench/away/report.ts";
import type { AwaySample } from "../../bench/away/turn.ts";
import {
  COLD_PROGRAMS,
  type ColdSample,
  summarise as summariseCold,
} from "../../bench/cold/measure.ts";
import { coldReport } from "../../bench/cold/report.ts";
import { DRIVERS, type DriverSample, ratesOf } from "../../bench/drivers/measure.ts";
import { driversReport } from "../../bench/drivers/report.ts";
import { type EdgeSample, summarise as summariseEdge } from "../../bench/edge/measure.ts";
import { edgeReport } from "../../bench/edge/report.ts";
import { summarise as summariseFleet } from "../../bench/fleet/measure.ts";
import { fleetReport } from "../../bench/fleet/report.ts";
import type { FleetSample } from "../../bench/fleet/turn.ts";
import { type SeenPoolSample, summarise as summarisePool } from "../../bench/pool/measure.ts";
import { poolReport } from "../../bench/pool/report.ts";
import { type BenchResult, bundle, isComplete, lines } from "../../bench/report.ts";
import type { Samples } from "../../bench/rounds.ts";
import { summarise as summariseSlow } from "../../bench/slow/measure.ts";
import { slowReport } from "../../bench/slow/report.ts";
import type { SlowSample } from "../../bench/slow/turn.ts";

const PLACE = { node: "v24", processor: "abacus", cores: 2, loadBefore: 0.1, loadAfter: 1.25 };
const BOOM = { ok: false, error: "boom" } as const;

function samples<S>(...list: readonly S[]): Samples<S> {
  return { ok: true, samples: list };
}

function slowSample(meanMs: number, more: Partial<SlowSample> = {}): SlowSample {
  const before = { p50Ms: 1, p99Ms: 2 };
  return { before, p50Ms: 1, p99Ms: 9, slowShare: 0.25, failed: 0, meanMs, ...more };
}

function slow(own: Samples<SlowSample>): BenchResult {
  const tally = new Map([["plain", samples(slowSample(10), slowSample(40))], ["own", own]]);
  const readers = ["plain", "own"].map((name) => ({ name, consistsOf: `the ${name}` }));
  const effort = { rounds: 2, warmUpMs: 1, fastMs: 1, slowMs: 4_000 };
  return bundle(PLACE, { slow: slowReport(effort, summariseSlow(tally, readers)) });
}

const POOL_SAMPLE: SeenPoolSample = {
  perSecond: 100,
  p50Ms: 1,
  p99Ms: 2,
  maxMs: 3,
  cpuMicros: 4,
  failed: 0,
  unanswered: 0,
  heapBytes: 2 * 1024 * 1024,
  rssBytes: 3 * 1024 * 1024,
  connections: 10,
};

function pool(own: Samples<SeenPoolSample>): BenchResult {
  const tally = new Map([["holdfast", own], ["pg", samples(POOL_SAMPLE, POOL_SAMPLE)]]);
  const effort = { rounds: 2, warmUpMs: 1, turnMs: 2_000 };
  const results = summarisePool(tally, ["holdfast", "pg"]);
  return bundle(PLACE, { pool: poolReport(effort, results) });
}

const AWAY_SAMPLE: AwaySample = {
  lastWentMs: 30,
  lastNoticedMs: 20,
  slowestMs: 12,
  retried: 4,
  failed: 0,
  unanswered: 0,
  crashes: 0,
};

function away(own: Samples<AwaySample>, tellsWhere = true): BenchResult {
  const readers = summariseAway(new Map([["own", own]]), [
    { name: "own", consistsOf: "it", tellsWhere },
  ]);
  const effort = { rounds: 1, warmUpMs: 1, watchMs: 6_000 };
  return bundle(PLACE, { away: awayReport(effort, [{ fault: "SIGSTOP", readers }]) });
}

describe("slow", () => {
  test("summarise() compares with plain round robin in the same round", () => {
    const [plain, own] = slow(samples(slowSample(5), slowSample(10))).slow?.readers ?? [];
    expect(plain?.meanOfPlain).toEqual({ median: 1, min: 1, max: 1 });
    expect(own?.meanOfPlain).toEqual({ median: 0.375, min: 0.25, max: 0.5 });
    expect(own?.beforeP99Ms).toEqual({ median: 2, min: 2, max: 2 });
  });

  test("lines() show the tail, the share of the slow one in percent, and what failed", () => {
    const failing = slowSample(5, { failed: 3, firstError: "bang" });
    const text = lines(slow(samples(slowSample(5), failing))).join("\n");
    expect(text).toMatch(/own +9\.0 \[.*25\.0 %.*1\.5 \[0 … 3\] failed \(bang\)/);
    expect(text).toMatch(/plain +9\.0 \[.*2\.0 ms$/m);
  });
});

describe("pool", () => {
  test("summarise() gives megabytes, and rates beside each of the others", () => {
    const own = samples({ ...POOL_SAMPLE, perSecond: 80 }, { ...POOL_SAMPLE, perSecond: 200 });
    const { pools, ofEach } = pool(own).pool ?? {};
    expect(pools?.[0]?.heapMb).toEqual({ median: 2, min: 2, max: 2 });
    expect(pools?.[0]?.rssMb).toEqual({ median: 3, min: 3, max: 3 });
    expect(ofEach).toEqual([{ name: "pg", ratio: { median: 1.4, min: 0.8, max: 2 } }]);
  });

  test("lines() show calls that failed or had no answer", () => {
    const failing = { ...POOL_SAMPLE, failed: 2, unanswered: 7, firstError: "bang" };
    const text = lines(pool(samples(failing))).join("\n");
    expect(text).toMatch(/holdfast .*2 \[2 … 2\] failed, 7 \[7 … 7\] unanswered \(bang\)/);
    expect(text).toMatch(/pg .*10 connections$/m);
  });
});

describe("away", () => {
  test("lines() show when the last read went there, and what it cost", () => {
    expect(lines(away(samples(AWAY_SAMPLE))).join("\n"))
      .toMatch(/SIGSTOP[^]*own +30 \[.*\] +20 \[.*\] +12 ms +4 reads$/m);
  });

  test("lines() say never where reads went there up to the end of the watch", () => {
    const still = { ...AWAY_SAMPLE, lastWentMs: 5_900, lastNoticedMs: 5_499 };
    expect(lines(away(samples(still))).join("\n"))
      .toMatch(/own +never in 6000 ms +5499 \[/);
  });

  test("lines() give no number for a client that does not tell where reads go", () => {
    const { lastWentMs: _, ...silent } = AWAY_SAMPLE;
    const result = away(samples(silent), false);
    expect(lines(result).join("\n")).toMatch(/own +\(does not tell\)/);
    expect(isComplete(result)).toBe(true);
  });

  test("lines() show errors that nobody caught", () => {
    const text = lines(away(samples({ ...AWAY_SAMPLE, crashes: 1 }))).join("\n");
    expect(text).toContain("1 [1 … 1] uncaught");
  });
});

const FLEET_SAMPLE: FleetSample = {
  quietPerSecond: 10,
  busyPerSecond: 99.5,
  halfAwaySeconds: 5,
  mostAwaySeconds: 9,
  mostBackSeconds: 15,
  allBackSeconds: 16,
  looksPerSecond: 0.25,
  wastedPerIsolate: 5,
};

function fleet(play: (seed: number) => FleetSample): BenchResult {
  const result = { isolates: 10_000, sharing: "shared" as const, ...summariseFleet(3, play) };
  return bundle(PLACE, { fleet: fleetReport({ rounds: 3, sizes: [10_000] }, [result]) });
}

function shipwreck(): FleetSample {
  throw new Error("boom");
}

describe("fleet", () => {
  test("lines() show a fleet's medians over the seeds in a row", () => {
    const text = lines(fleet((seed) => ({ ...FLEET_SAMPLE, quietPerSecond: 10 * seed }))).join(
      "\n",
    );
    expect(text).toMatch(/10,000 shared +20.0 → 99.5 +5.0 → 9.0 +15.0 → 16.0 +0.25 +5.0$/m);
  });
});

function edge(own: Samples<EdgeSample>): BenchResult {
  const other = samples({ selectMs: 3, transactionMs: 4 });
  const tally = new Map([
    ["a connection per request", other],
    ["a pool object near the database", own],
    ["Neon's HTTP and WebSocket", other],
  ]);
  const effort = { rounds: 1, requests: 4, warmUps: 1 };
  return bundle(PLACE, { edge: edgeReport(effort, summariseEdge(tally)) });
}

function cold(own: Samples<ColdSample>): BenchResult {
  const tally = new Map(COLD_PROGRAMS.map((name) => [name, own]));
  const effort = { rounds: 1, isolates: 2 };
  return bundle(PLACE, { cold: coldReport(effort, summariseCold(tally, () => 205_900)) });
}

test("cold: lines() show the time and what had to be read", () => {
  const text = lines(cold(samples({ firstAnswerMs: 21.04 }))).join("\n");
  expect(text).toMatch(/holdfast, no driver +21\.0 \[.*206 kB to read$/m);
});

function drivers(own: Samples<DriverSample>): BenchResult {
  const tally = new Map(DRIVERS.map((name) => [name, own]));
  tally.set("holdfast", samples({ perSecond: 1_000 }));
  const effort = { rounds: 1, warmUpMs: 1, turnMs: 2, requests: 3 };
  const figure = { median: 7, min: 7, max: 7 };
  const worker = [{ name: "holdfast", selects: 1, roundTrips: figure, requestMs: figure }];
  const runtimes = [{ name: "Deno", drivers: ratesOf(tally) }];
  return bundle(PLACE, { drivers: driversReport(effort, { runtimes, worker }) });
}

test("drivers: lines() show each rate, and its share of holdfast's", () => {
  const text = lines(drivers(samples({ perSecond: 750 }))).join("\n");
  expect(text).toMatch(/Deno: pg named +750 \[.* 0\.75 \[/);
  expect(text).toMatch(/holdfast, 1 select +7 \[/);
});

describe("edge", () => {
  test("lines() show each way's select and transaction", () => {
    const text = lines(edge(samples({ selectMs: 13.04, transactionMs: 49 }))).join("\n");
    expect(text).toMatch(/pool object near the database +13\.0 \[.*49\.0 \[.*pooled\(/);
  });
});

describe("every part", () => {
  test("isComplete() is false as soon as a contestant erred, and lines() say why", () => {
    expect(isComplete(slow(samples(slowSample(1))))).toBe(true);
    expect(isComplete(pool(samples(POOL_SAMPLE, POOL_SAMPLE)))).toBe(true);
    expect(isComplete(away(samples(AWAY_SAMPLE)))).toBe(true);
    expect(isComplete(fleet(() => FLEET_SAMPLE))).toBe(true);
    expect(isComplete(edge(samples({ selectMs: 1, transactionMs: 2 })))).toBe(true);
    expect(isComplete(cold(samples({ firstAnswerMs: 1 })))).toBe(true);
    expect(isComplete(drivers(samples({ perSecond: 1 })))).toBe(true);
    for (
      const failed of [
        slow(BOOM),
        pool(BOOM),
        away(BOOM),
        fleet(shipwreck),
        edge(BOOM),
        cold(BOOM),
        drivers(BOOM),
      ]
    ) {
      expect(isComplete(failed)).toBe(false);
      expect(lines(failed).join("\n")).toContain("failed: boom");
    }
  });

  test("every part's JSON says what its numbers are", () => {
    for (
      const part of [slow(BOOM).slow, pool(BOOM).pool, away(BOOM).away, fleet(shipwreck).fleet]
    ) {
      expect(Object.keys(part?.means ?? {}).length).toBeGreaterThan(3);
    }
  });
});
