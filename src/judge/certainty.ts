/**
 * What the statement itself takes away from a judgement's certainty.
 *
 * @module
 */

import type { Failure } from "../model/failure.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Classification } from "../model/statement.ts";

/** The part of a classification that matters here. */
export type Running = Pick<Classification, "queryType" | "intent" | "statements">;

/**
 * Turns "did not run" into "unknown" where an error may come after a part was committed.
 *
 * A database rolls back the one statement that failed. A procedure (`CALL`, `DO`) may have committed
 * before, and so may a script: `insert …; commit; insert …`. Both are then ambiguous (law 4).
 */
export function weaken(outcome: Outcome, failure: Failure, running: Running): Outcome {
  if (outcome.executed !== "no" || failure.origin !== "server") return outcome;
  if (failure.phase === "connecting" || running.intent === "read") return outcome;
  const isScript = running.statements > 1;
  const isProcedure = running.queryType === "procedure" && !refusedAtOnce(failure);
  return isScript || isProcedure ? { ...outcome, executed: "unknown" } : outcome;
}

/**
 * PostgreSQL takes over a new `default_transaction_read_only` between two messages of a client only,
 * so a procedure that is refused as read-only was so from its beginning. MySQL's `read_only` turns at
 * any time.
 */
function refusedAtOnce(failure: Failure): boolean {
  return failure.code === "25006";
}
