/**
 * How a transaction begins, in the database's own words.
 *
 * @module
 */

import type { Dialect } from "../model/statement.ts";
import type { TransactionTerms } from "../model/transaction.ts";

/** The texts that begin it, one after the other on one connection. */
export function beginTexts(
  dialect: Dialect,
  { isolation, readOnly, deferrable }: TransactionTerms,
): readonly [string, ...string[]] {
  const access = readOnly ? " read only" : "";
  if (dialect === "postgres") {
    const level = isolation === undefined ? "" : ` isolation level ${isolation}`;
    return [`begin${level}${access}${deferrable ? " deferrable" : ""}`];
  }
  const begin = `start transaction${access}`;
  if (isolation === undefined) return [begin];
  // MySQL knows a transaction's isolation only beforehand; Vitess keeps it for the session, which ends with it.
  return [`set transaction isolation level ${isolation}`, begin];
}
