/**
 * Who reads while a replica dies or freezes. Another configuration of holdfast is another line.
 *
 * @module
 */

import {
  holdfastReader,
  multiHost,
  type ReaderKind,
  roundRobinWithRetry,
} from "../contestants/readers.ts";

/** Without a limit, a frozen replica would keep every connection to it, and half of the reads, for ever. */
const TIMEOUT_MS = 2_000;

/** In the order in which they are shown. */
export const AWAY_READERS: readonly ReaderKind[] = [
  holdfastReader("holdfast"),
  // p2c alone already turns away from who does not answer; here it is noticing that counts.
  holdfastReader("holdfast roundRobin", { balance: "roundRobin" }),
  roundRobinWithRetry("pg pools in turn, retry on the next", TIMEOUT_MS),
  multiHost("postgres.js with several hosts"),
];

/** The one of that name. */
export function awayReader(name: string): ReaderKind {
  const kind = AWAY_READERS.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`No reader is called ${JSON.stringify(name)}`);
  return kind;
}
