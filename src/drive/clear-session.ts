/**
 * Takes off a connection what code that nobody sees may have left on it: settings, temporary tables, locks.
 *
 * @module
 */

import type { Dialect } from "../model/statement.ts";
import type { Connection } from "../ports.ts";
import { silence } from "./silence.ts";
import { type Bound, within } from "./within.ts";

/**
 * What DISCARD ALL does (PostgreSQL 18's discard.c), but for plans and prepared statements: the driver's own are among
 * those. What was asked for at login are a session's defaults, and stay.
 */
const CLEARS: Readonly<Partial<Record<Dialect, string>>> = {
  postgres: "close all; set session authorization default; reset role; reset all; unlisten *; " +
    "select pg_catalog.pg_advisory_unlock_all(); discard temp; discard sequences",
};

/** Whether the connection is as good as new. Never rejects. */
export async function clearSession(
  connection: Connection,
  dialect: Dialect,
  bound: Bound,
): Promise<boolean> {
  const text = CLEARS[dialect];
  if (text === undefined) return false;
  try {
    await within(connection.run(text, [], { prepare: false }), bound, () => {
      return silence("The connection was not cleared in time");
    });
    return true;
  } catch {
    return false;
  }
}
