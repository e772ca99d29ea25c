/**
 * How a transaction begins, in the database's own words.
 *
 * @module
 */

import type { Dialect } from "../model/statement.ts";
import type { TransactionCall } from "./transaction.ts";

/** The texts that begin it, one after the other on one connection. */
export function beginTexts(
  dialect: Dialect,
  { isolation, readOnly }: Pick<TransactionCall, "isolation" | "readOnly">,
): readonly [string, ...string[]] {
  const access = readOnly ? " read only" : "";
  if (dialect === "postgres") {
    return [`begin${isolation === undefined ? "" : ` isolation level ${isolation}`}${access}`];
  }
  const begin = `start transaction${access}`;
  if (isolation === undefined) return [begin];
  // MySQL knows a transaction's isolation only beforehand; Vitess keeps it for the session, which ends with it.
  return [`set transaction isolation level ${isolation}`, begin];
}
