/**
 * Figure (i): PostgreSQL's drivers on every runtime that has TCP: the rate over a pool on Node, Deno and Bun, and in a
 * Worker, which connects anew for each request, the round trips and the time.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { ROOT, run } from "../../scripts/step.ts";
import { startCluster } from "../../test/cluster/mod.ts";
import { startPlace } from "../../test/workerd/place.ts";
import { countRoundTrips } from "../../test/workerd/round-trips.ts";
import { fillAccounts } from "../accounts.ts";
import { type Figure, figureBeside, figureOf, median } from "../figure.ts";
import { instant } from "../instant.ts";
import { type Contestant, interleave, type Tally } from "../rounds.ts";
import type { DriverJob } from "./turn.ts";
import { bundleWorker } from "./worker-bundle.ts";

/** How much is measured. */
export interface DriversEffort {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly turnMs: number;
  /** To the Worker, of each driver, one after the other. */
  readonly requests: number;
}

/** A turn on a runtime. */
export interface DriverSample {
  readonly perSecond: number;
}

/** A turn in the Worker; medians over its requests. */
export interface WorkerSample {
  readonly roundTrips: number;
  readonly requestMs: number;
}

/** One driver on one runtime. */
export interface DriverRate {
  readonly name: string;
  readonly perSecond: Figure;
  /** Its rate over holdfast's in the same round. */
  readonly ofHoldfast: Figure;
}

/** What was found out. */
export interface DriversResult {
  readonly runtimes: readonly { readonly name: string; readonly drivers: readonly DriverRate[] }[];
  readonly worker: readonly {
    readonly name: string;
    readonly selects: number;
    readonly roundTrips: Figure;
    readonly requestMs: Figure;
  }[];
}

/** What the numbers are, for whoever reads them without this file. */
export const DRIVERS_MEANS: Readonly<Record<string, string>> = {
  perSecond: "selects by primary key, 32 callers on 10 connections",
  roundTrips:
    "of a request that connects (SCRAM) and selects so often, each time it waits for the server; without TCP's handshake",
  requestMs: "from the request to the response; everything on one machine",
};

export const CALLERS = 32;
export const DRIVERS: readonly string[] = ["holdfast", "postgres.js", "pg named"];
export const RUNTIMES: readonly string[] = ["Node", "Deno", "Bun"];
/** Selects within one request. */
export const SELECTS: readonly number[] = [1, 3];

const TURN = join(ROOT, "bench", "drivers", "turn.ts");
const bin = (name: string): string => join(ROOT, "node_modules", ".bin", name);

/** How a runtime runs a program. */
function commandOf(runtime: string): readonly [command: string, args: readonly string[]] {
  switch (runtime) {
    case "Deno":
      return [bin("deno"), ["run", "-A", "--no-check"]];
    case "Bun":
      return [bin("bun"), []];
    case "Node":
    default:
      return [process.execPath, []];
  }
}

/** Builds a server and lets each driver have its turns. */
export async function measureDrivers(effort: DriversEffort): Promise<DriversResult> {
  await using cluster = await startCluster({ replicas: 0, auth: "scram-sha-256" });
  await fillAccounts(cluster.primary);
  const url = cluster.primary.url();
  const { warmUpMs, turnMs } = effort;
  const runtimes: DriversResult["runtimes"][number][] = [];
  for (const runtime of RUNTIMES) {
    const contestants = DRIVERS.map((name): Contestant<DriverSample> => ({
      name,
      measure: () =>
        turnOn(runtime, { name, url, callers: CALLERS, connections: 10, warmUpMs, turnMs }),
    }));
    const tally = await interleave(contestants, effort.rounds);
    runtimes.push({ name: runtime, drivers: ratesOf(tally) });
  }
  return { runtimes, worker: await measureWorker(url, cluster.primary.port, effort) };
}

/** Figures from samples. */
export function ratesOf(tally: Tally<DriverSample>): readonly DriverRate[] {
  return DRIVERS.map((name) => ({
    name,
    perSecond: figureOf(tally, name, ({ perSecond }) => perSecond),
    ofHoldfast: figureBeside(tally, name, ["holdfast"], (own, [holdfast]) => {
      return own.perSecond / (holdfast?.perSecond ?? Number.NaN);
    }),
  }));
}

async function turnOn(runtime: string, job: DriverJob): Promise<DriverSample> {
  const [command, args] = commandOf(runtime);
  const { code, stdout, stderr } = await run(command, [...args, TURN, JSON.stringify(job)]);
  if (code !== 0) throw new Error(`${runtime}: ${stderr.slice(0, 300)}`);
  return JSON.parse(stdout) as DriverSample;
}

async function measureWorker(
  url: string,
  port: number,
  { rounds, requests }: DriversEffort,
): Promise<DriversResult["worker"]> {
  await using trips = await countRoundTrips(port);
  await using place = await startPlace({
    entry: { text: await bundleWorker() },
    bindings: { DATABASE_URL: trips.via(url) },
  });
  const ask = async (name: string, selects: number): Promise<WorkerSample> => {
    trips.count = 0;
    const startedAt = instant();
    const response = await place.fetch(
      `/?${new URLSearchParams({ by: name, selects: `${selects}` })}`,
    );
    const text = await response.text();
    if (text !== "selected") throw new Error(text.slice(0, 300));
    return { roundTrips: trips.count, requestMs: instant() - startedAt };
  };
  const results: DriversResult["worker"][number][] = [];
  for (const selects of SELECTS) {
    const contestants = DRIVERS.map((name): Contestant<WorkerSample> => ({
      name,
      measure: async () => {
        const samples: WorkerSample[] = [];
        // The first of an isolate is not counted.
        await ask(name, selects);
        for (let n = 0; n < requests; n++) samples.push(await ask(name, selects));
        return {
          roundTrips: median(samples.map(({ roundTrips }) => roundTrips)),
          requestMs: median(samples.map(({ requestMs }) => requestMs)),
        };
      },
    }));
    const tally = await interleave(contestants, rounds);
    results.push(...DRIVERS.map((name) => ({
      name,
      selects,
      roundTrips: figureOf(tally, name, (sample) => sample.roundTrips),
      requestMs: figureOf(tally, name, (sample) => sample.requestMs),
    })));
  }
  return results;
}
