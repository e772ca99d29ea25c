/**
 * `npm run bench`: holdfast side by side with what people would use instead.
 *
 * @module
 */

import { cpus, loadavg } from "node:os";
import process from "node:process";
import { whyNoCluster } from "../test/cluster/mod.ts";
import { type BenchOptions, HELP, parse } from "./args.ts";
import { type CoreEffort, measureCore } from "./core.ts";
import { bundle, isComplete, lines } from "./report.ts";
import { measureThroughput, type ThroughputEffort } from "./throughput.ts";

/** Short turns, so that whatever else the machine does hits all alike. */
const CORE: CoreEffort = { rounds: 25, calls: 20_000 };
const THROUGHPUT: ThroughputEffort = { rounds: 9, turns: 6, turnMs: 100 };
const QUICK_CORE: CoreEffort = { rounds: 5, calls: 5_000 };
const QUICK_THROUGHPUT: ThroughputEffort = { rounds: 5, turns: 2, turnMs: 100 };

async function main(options: BenchOptions): Promise<number> {
  const wantsServer = options.parts.includes("throughput");
  const missing = wantsServer ? whyNoCluster() : undefined;
  if (missing !== undefined) {
    console.error(missing);
    return 1;
  }
  const say = options.json ? (): void => {} : console.log;
  const [loadBefore = 0] = loadavg();
  const coreEffort = options.quick ? QUICK_CORE : CORE;
  const effort = options.quick ? QUICK_THROUGHPUT : THROUGHPUT;

  say("Measuring … keep the machine quiet for the figures to mean something.\n");
  const core = options.parts.includes("core")
    ? { ...coreEffort, ...await measureCore(coreEffort) }
    : undefined;
  const throughput = wantsServer
    ? { ...effort, levels: await measureThroughput(effort) }
    : undefined;

  const [loadAfter = 0] = loadavg();
  const processors = cpus();
  const place = {
    node: process.version,
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
    loadBefore,
    loadAfter,
  };
  const result = bundle(place, core, throughput);
  console.log(options.json ? JSON.stringify(result, null, 2) : lines(result).join("\n"));
  return isComplete(result) ? 0 : 1;
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
    break;
  default:
    command satisfies never;
}
