/**
 * The demo's command line.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What the demo is to do. */
export interface DemoOptions {
  /** Length of the timeline. */
  readonly seconds: number;
  /** Print nothing but one JSON object at the end. */
  readonly json: boolean;
  readonly readers: number;
  readonly writers: number;
}

/** A parsed command line: run, print the help, or say what is wrong. */
export type Command =
  | { readonly kind: "run"; readonly options: DemoOptions }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string };

/** Shorter, and a frozen replica is thawed before anybody could have noticed. */
export const MIN_SECONDS = 12;
const MAX_SECONDS = 3_600;
/** The nodes take 100 connections each; the pools keep well below. */
const MAX_CALLERS = 200;

const READERS = 16;
const WRITERS = 4;

export const HELP: string = `Usage: npm run demo -- [options]

Builds a PostgreSQL primary with two streaming replicas in a temporary folder, sends reads and
writes through holdfast, and kills, slows, freezes and fails over the servers meanwhile.

  --seconds <n>   length of the timeline, ${MIN_SECONDS} to ${MAX_SECONDS} (default 30)
  --readers <n>   callers that read, 1 to ${MAX_CALLERS} (default ${READERS})
  --writers <n>   callers that write, 1 to ${MAX_CALLERS} (default ${WRITERS})
  --json          print one JSON object at the end and nothing else
  --help          this text

Exits 0 when everything acknowledged is in the database, 1 when not, 2 for a wrong option.
`;

/** Reads the arguments after the program's name. */
export function parse(argv: readonly string[]): Command {
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        seconds: { type: "string" },
        readers: { type: "string" },
        writers: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
  if (values["help"]) return { kind: "help" };
  const problems: string[] = [];
  const whole = (name: string, fallback: number, min: number, max: number): number => {
    const text = values[name];
    if (text === undefined) return fallback;
    const number = /^\d+$/.test(String(text)) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    problems.push(
      `--${name} is ${JSON.stringify(text)}, allowed is a whole number ${min} to ${max}`,
    );
    return fallback;
  };
  const options: DemoOptions = {
    seconds: whole("seconds", 30, MIN_SECONDS, MAX_SECONDS),
    readers: whole("readers", READERS, 1, MAX_CALLERS),
    writers: whole("writers", WRITERS, 1, MAX_CALLERS),
    json: values["json"] === true,
  };
  return problems.length > 0
    ? { kind: "wrong", message: problems.join("\n") }
    : { kind: "run", options };
}
