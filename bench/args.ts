/**
 * The bench's command line.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What is measured. */
export type Part =
  | "core"
  | "throughput"
  | "slow"
  | "pool"
  | "away"
  | "fleet"
  | "edge"
  | "cold"
  | "drivers";

/** What the bench is to do. */
export interface BenchOptions {
  /** Print nothing but one JSON object at the end. */
  readonly json: boolean;
  /** Fewer and shorter rounds: to see that it works, not to quote. */
  readonly quick: boolean;
  readonly parts: readonly Part[];
}

/** A parsed command line: run, print the help, or say what is wrong. */
export type Command =
  | { readonly kind: "run"; readonly options: BenchOptions }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string };

const PARTS: readonly Part[] = [
  "core",
  "throughput",
  "slow",
  "pool",
  "away",
  "fleet",
  "edge",
  "cold",
  "drivers",
];

export const HELP: string = `Usage: npm run bench -- [options]

Measures, side by side with what people would use instead:

  core        microseconds that holdfast's core adds to a query over a connector that does nothing,
              beside cockatiel and opossum
  throughput  queries per second of a select by primary key, beside postgres.js and pg
  slow        reads from three replicas one of which answers 50 ms late, with each balancing
              strategy, beside a plain round robin
  pool        1,000 callers on 10 connections: rate, waiting, memory, beside postgres.js and pg
  away        time from a replica's SIGKILL or SIGSTOP until no read goes there, beside what a round
              robin over pg pools and postgres.js with several hosts do
  fleet       1 to 10,000 isolates on virtual time while a replica is away: calls to their store,
              looks at the endpoint, time to leave it and to come back, with a shared belief and without
  edge        requests to a Worker (workerd) whose database is 12 ms away: by a connection per request,
              a pool object, Neon's HTTP
  cold        a fresh isolate of a Worker (workerd) until its first answer, with each connector and without
  drivers     holdfast, postgres.js and pg on Node, Deno and Bun, and what each costs a Worker that
              connects for every request

All but core, fleet and cold start PostgreSQL servers in a temporary folder. Interleaved rounds; medians with their
range. Everything takes about ten minutes.

  --json          print one JSON object at the end and nothing else
  --quick         fewer and shorter rounds: to see that it works, not to quote
  --only <part>   one of the parts above; may be given several times
  --help          this text

Exits 0 when every figure was measured, whatever it is; 1 when one was not; 2 for a wrong option.
`;

/** Reads the arguments after the program's name. */
export function parse(argv: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        json: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        only: { type: "string", multiple: true },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { kind: "help" };
    const { only } = values;
    const wrong = only?.find((word) => !PARTS.some((part) => part === word));
    if (wrong !== undefined) {
      const message = `--only is ${JSON.stringify(wrong)}, allowed are ${PARTS.join(", ")}`;
      return { kind: "wrong", message };
    }
    const parts = only === undefined ? PARTS : PARTS.filter((part) => only.includes(part));
    return { kind: "run", options: { json: values.json, quick: values.quick, parts } };
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}
