/**
 * Whether a connection still lives: the question before somebody gets it.
 *
 * @module
 */

import type { Connection } from "../ports.ts";
import { silence } from "./silence.ts";
import { type Bound, within } from "./within.ts";

/** Asks it who it is, which no cache answers. Never rejects. */
export async function answers(connection: Connection, bound: Bound): Promise<boolean> {
  try {
    await within(connection.inspect(), bound, () => silence("The connection did not answer"));
    return true;
  } catch {
    return false;
  }
}
