/**
 * A connector's failure → what it means. The one door to this folder's tables.
 *
 * @module
 */

import type { Failure } from "../model/failure.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Dialect } from "../model/statement.ts";
import { judgeClient } from "./client.ts";
import { isForeign, judgeForeign } from "./foreign.ts";
import { type Running, weaken } from "./certainty.ts";
import { judgeMysql } from "./mysql.ts";
import { judgeNetwork } from "./network.ts";
import { judgePostgres } from "./postgres.ts";

/**
 * Turns a failure into kind × scope × executed.
 *
 * @param running what is known of the statement, if one was (its classification): a text that can commit
 *   halfway (a procedure, a script) is never said to have certainly not run
 */
export function judge(
  failure: Failure,
  dialect: Dialect,
  running?: Running,
): Outcome {
  if (isForeign(failure)) return judgeForeign(failure);
  const judged = byOrigin(failure, dialect);
  const outcome = running === undefined ? judged : weaken(judged, failure, running);
  const { retryAfterMs } = failure;
  return retryAfterMs === undefined ? outcome : { ...outcome, retryAfterMs };
}

function byOrigin(failure: Failure, dialect: Dialect): Outcome {
  switch (failure.origin) {
    case "client":
      return judgeClient(failure);
    case "network":
      return judgeNetwork(failure);
    case "server":
      return dialect === "postgres" ? judgePostgres(failure) : judgeMysql(failure);
    default: {
      const unknown: never = failure.origin;
      return unknown;
    }
  }
}
