/**
 * `npm run bench`: holdfast side by side with what people would use instead.
 *
 * @module
 */

import { cpus, loadavg } from "node:os";
import process from "node:process";
import { whyNoCluster } from "../test/cluster/mod.ts";
import { type BenchOptions, HELP, parse, type Part } from "./args.ts";
import { type AwayEffort, measureAway } from "./away/measure.ts";
import { awayReport } from "./away/report.ts";
import { type ColdEffort, measureCold } from "./cold/measure.ts";
import { coldReport } from "./cold/report.ts";
import { type CoreEffort, measureCore } from "./core.ts";
import { type DriversEffort, measureDrivers } from "./drivers/measure.ts";
import { driversReport } from "./drivers/report.ts";
import { type EdgeEffort, measureEdge } from "./edge/measure.ts";
import { edgeReport } from "./edge/report.ts";
import { type FleetEffort, measureFleets } from "./fleet/measure.ts";
import { fleetReport } from "./fleet/report.ts";
import { measurePool, type PoolEffort } from "./pool/measure.ts";
import { poolReport } from "./pool/report.ts";
import { bundle, isComplete, lines, type Parts } from "./report.ts";
import { measureSlow, type SlowEffort } from "./slow/measure.ts";
import { slowReport } from "./slow/report.ts";
import { measureThroughput, type ThroughputEffort } from "./throughput.ts";

/** How much of each part is measured. */
interface Efforts {
  readonly core: CoreEffort;
  readonly throughput: ThroughputEffort;
  readonly slow: SlowEffort;
  readonly pool: PoolEffort;
  readonly away: AwayEffort;
  readonly fleet: FleetEffort;
  readonly edge: EdgeEffort;
  readonly cold: ColdEffort;
  readonly drivers: DriversEffort;
}

/** Short turns where they can be, so that whatever else the machine does hits all alike. */
const FULL: Efforts = {
  core: { rounds: 25, calls: 20_000 },
  throughput: { rounds: 9, turns: 6, turnMs: 100 },
  slow: { rounds: 3, warmUpMs: 500, fastMs: 1_000, slowMs: 4_000 },
  pool: { rounds: 5, warmUpMs: 1_000, turnMs: 2_000 },
  away: { rounds: 5, warmUpMs: 500, watchMs: 5_000 },
  fleet: { rounds: 3, sizes: [1, 10, 100, 1_000, 10_000] },
  edge: { rounds: 5, requests: 40, warmUps: 5 },
  cold: { rounds: 9, isolates: 10 },
  drivers: { rounds: 5, warmUpMs: 1_000, turnMs: 2_000, requests: 20 },
};
const QUICK: Efforts = {
  core: { rounds: 5, calls: 5_000 },
  throughput: { rounds: 5, turns: 2, turnMs: 100 },
  slow: { rounds: 1, warmUpMs: 500, fastMs: 500, slowMs: 1_000 },
  pool: { rounds: 1, warmUpMs: 500, turnMs: 500 },
  away: { rounds: 1, warmUpMs: 500, watchMs: 4_000 },
  fleet: { rounds: 1, sizes: [1, 10, 100] },
  edge: { rounds: 1, requests: 5, warmUps: 2 },
  cold: { rounds: 1, isolates: 3 },
  drivers: { rounds: 1, warmUpMs: 300, turnMs: 500, requests: 3 },
};

/** Needs no database. */
const BY_ITSELF: readonly Part[] = ["core", "fleet", "cold"];

/** A driver whose server went away may hold the process for ever. */
const LINGER_MS = 5_000;

async function main(options: BenchOptions): Promise<number> {
  const missing = options.parts.some((part) => !BY_ITSELF.includes(part))
    ? whyNoCluster()
    : undefined;
  if (missing !== undefined) {
    console.error(missing);
    return 1;
  }
  const say = options.json ? (): void => {} : console.log;
  const [loadBefore = 0] = loadavg();
  say("Measuring … keep the machine quiet for the figures to mean something.\n");
  const parts = await measure(options.parts, options.quick ? QUICK : FULL);
  const [loadAfter = 0] = loadavg();
  const processors = cpus();
  const place = {
    node: process.version,
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
    loadBefore,
    loadAfter,
  };
  const result = bundle(place, parts);
  console.log(options.json ? JSON.stringify(result, null, 2) : lines(result).join("\n"));
  return isComplete(result) ? 0 : 1;
}

/** One part after the other, in the order of the help. */
async function measure(wanted: readonly Part[], efforts: Efforts): Promise<Parts> {
  const { core, throughput, slow, pool, away, fleet, edge, cold, drivers } = efforts;
  const when = <T>(part: Part, measured: () => Promise<T> | T): Promise<T> | T | undefined =>
    wanted.includes(part) ? measured() : undefined;
  return {
    core: await when("core", async () => ({ ...core, ...await measureCore(core) })),
    throughput: await when("throughput", async () => ({
      ...throughput,
      levels: await measureThroughput(throughput),
    })),
    slow: await when("slow", async () => slowReport(slow, await measureSlow(slow))),
    pool: await when("pool", async () => poolReport(pool, await measurePool(pool))),
    away: await when("away", async () => awayReport(away, await measureAway(away))),
    fleet: await when("fleet", () => fleetReport(fleet, measureFleets(fleet))),
    edge: await when("edge", async () => edgeReport(edge, await measureEdge(edge))),
    cold: await when("cold", async () => coldReport(cold, await measureCold(cold))),
    drivers: await when(
      "drivers",
      async () => driversReport(drivers, await measureDrivers(drivers)),
    ),
  };
}

const command = parse(process.argv.slice(2));
switch (command.kind) {
  case "help":
    console.log(HELP);
    break;
  case "wrong":
    console.error(`${command.message}\n\n${HELP}`);
    process.exitCode = 2;
    break;
  case "run":
    process.exitCode = await main(command.options);
    setTimeout(() => process.exit(), LINGER_MS).unref();
    break;
  default:
    command satisfies never;
}
