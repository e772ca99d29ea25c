/**
 * Who reads while one replica is slow. Another configuration of holdfast is another line.
 *
 * @module
 */

import { STRATEGY_NAMES } from "../../src/balance/mod.ts";
import { holdfastReader, plainRoundRobin, type ReaderKind } from "../contestants/readers.ts";

/** What the others are compared with. */
export const PLAIN = "plain round robin";

/** The first is what the others are compared with. */
export const SLOW_READERS: readonly ReaderKind[] = [
  plainRoundRobin(PLAIN),
  ...STRATEGY_NAMES.map((balance) => holdfastReader(`holdfast ${balance}`, { balance })),
];

/** The one of that name. */
export function slowReader(name: string): ReaderKind {
  const kind = SLOW_READERS.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`No reader is called ${JSON.stringify(name)}`);
  return kind;
}
