/**
 * The bench's command line.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What is measured. */
export type Part = "core" | "throughput";

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

const PARTS: readonly Part[] = ["core", "throughput"];

export const HELP: string = `Usage: npm run bench -- [options]

Measures (a) the microseconds that holdfast's core adds to a query over a connector that does
nothing, beside cockatiel and opossum, and (b) queries per second of a select by primary key over
one PostgreSQL server in a temporary folder, beside postgres.js and pg. Interleaved rounds; medians
with their range.

  --json          print one JSON object at the end and nothing else
  --quick         fewer and shorter rounds: to see that it works, not to quote
  --only <part>   core or throughput
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
        only: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { kind: "help" };
    const parts = values.only === undefined ? PARTS : PARTS.filter((part) => part === values.only);
    if (parts.length === 0) {
      const message = `--only is ${JSON.stringify(values.only)}, allowed are ${PARTS.join(", ")}`;
      return { kind: "wrong", message };
    }
    return { kind: "run", options: { json: values.json, quick: values.quick, parts } };
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}
