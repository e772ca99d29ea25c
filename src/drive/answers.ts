/**
 * Whether a connection still lives: the question before somebody gets it.
 *
 * @module
 */

import { Failure } from "../model/failure.ts";
import type { Connection } from "../ports.ts";
import { type Bound, within } from "./within.ts";

/** Asks it who it is, which no cache answers. Never rejects. */
export async function answers(connection: Connection, bound: Bound): Promise<boolean> {
  try {
    await within(connection.inspect(), bound, silence);
    return true;
  } catch {
    return false;
  }
}

function silence(): Failure {
  return new Failure({
    origin: "network",
    phase: "sent",
    code: "SILENT",
    message: "The connection did not answer",
    connection: "broken",
  });
}
