/**
 * `npm run demo`: watch holdfast over a real PostgreSQL cluster whose servers die and come back.
 *
 * @module
 */

import process from "node:process";
import { whyNoCluster } from "../../test/cluster/mod.ts";
import { type DemoOptions, HELP, parse } from "./args.ts";
import { type Audience, runDemo } from "./demo.ts";
import { paceFor, paceInWords } from "./pace.ts";
import { report, reportUpkeep } from "./report.ts";
import { openScreen } from "./screen.ts";
import { plainLine } from "./table.ts";
import { promisesKept } from "./tally.ts";
import { line } from "./words.ts";

const REDRAW_MS = 250;
const PLAIN_LINE_MS = 2_000;
/** As shells count: 128 + SIGINT. */
const INTERRUPTED = 130;

/** Watches as a live table, as plain lines, or not at all. */
function audienceFor(options: DemoOptions): Audience & { close(): void } {
  const { stdout } = process;
  if (options.json) return { everyMs: 0, show: () => {}, hear: () => {}, close: () => {} };
  if (stdout.isTTY) {
    const screen = openScreen(stdout, process.env["NO_COLOR"] === undefined);
    return { everyMs: REDRAW_MS, show: screen.show, hear: () => {}, close: screen.close };
  }
  return {
    everyMs: PLAIN_LINE_MS,
    show: (picture) => console.log(plainLine(picture)),
    hear: (event) => console.log(line(event)),
    close: () => {},
  };
}

async function main(options: DemoOptions): Promise<number> {
  const missing = whyNoCluster();
  if (missing !== undefined) {
    console.error(missing);
    return 1;
  }
  const interrupted = new AbortController();
  const onSignal = (): void => {
    // The second time somebody means it; the cluster's exit hook still cleans up.
    if (interrupted.signal.aborted) process.exit(INTERRUPTED);
    interrupted.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  if (!options.json) {
    // The live picture has it in itself.
    if (!process.stdout.isTTY) console.log(paceInWords(paceFor(options.seconds)));
    console.log("Building a primary and two streaming replicas …\n");
  }
  const audience = audienceFor(options);
  try {
    const result = await runDemo(options, audience, interrupted.signal);
    audience.close();
    console.log(
      options.json
        ? JSON.stringify(result, null, 2)
        : ["", ...reportUpkeep(result), ...report(result)].join("\n"),
    );
    return promisesKept(result) ? 0 : 1;
  } catch (error) {
    audience.close();
    if (interrupted.signal.aborted) {
      console.error("Interrupted; every server is stopped and the folder removed.");
      return INTERRUPTED;
    }
    console.error(error instanceof Error ? error.stack : error);
    return 1;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
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
