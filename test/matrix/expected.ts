/**
 * What each fault means, said once for all cells; and the few places that cannot tell as much, each with its reason.
 */

import type { Cell } from "./cells.ts";
import type { ConnectorName, RuntimeName } from "./words.ts";

/** Kind, scope and executed, by the fault's name. */
export const MEANING: Readonly<Record<string, string>> = {
  "nobody listens": "unavailable endpoint no",
  "unknown host": "unavailable endpoint no",
  "login refused": "misconfigured endpoint no",
  "too many connections": "overloaded endpoint no",
  "cut before the answer": "disconnected endpoint unknown",
  "cut in the middle of the answer": "disconnected endpoint unknown",
  "no answer until the deadline": "disconnected endpoint unknown",
  "the server ends its sessions": "disconnected endpoint unknown",
  "503 from the HTTP front": "disconnected endpoint unknown",
  "200 with garbage from the HTTP front": "disconnected endpoint unknown",
  "a write at a replica": "readOnly client no",
  "a row that another holds": "conflict statement no",
  "the server's statement timeout": "cancelled statement no",
  "unique violation": "statement statement no",
  "syntax error": "statement statement no",
};

/** Where a fault means something else, and why it cannot be helped. */
export interface Difference {
  readonly faults: readonly string[];
  readonly connectors: readonly ConnectorName[];
  readonly runtimes: readonly RuntimeName[];
  readonly meaning: string;
  readonly because: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    faults: ["nobody listens", "unknown host"],
    connectors: ["neon", "planetscale"],
    runtimes: ["workers", "durable-object"],
    meaning: "disconnected endpoint unknown",
    because:
      "workerd's `fetch` does not say whether a request was sent: what never reached anybody looks like an answer that was lost.",
  },
];

/** The difference that is a cell's, for a fault. */
export function differenceAt(cell: Cell, fault: string): Difference | undefined {
  return DIFFERENCES.find(({ faults, connectors, runtimes }) =>
    faults.includes(fault) && connectors.includes(cell.connector) && runtimes.includes(cell.runtime)
  );
}

/** What a cell is to tell of the faults that can happen to it. */
export function expectedFaults(
  cell: Cell,
  played: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    played.map((name) => [name, differenceAt(cell, name)?.meaning ?? MEANING[name] ?? "nothing"]),
  );
}
