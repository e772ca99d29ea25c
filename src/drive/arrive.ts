/**
 * An answer becomes a result, unless what came with it means that success is not what it seems.
 *
 * @module
 */

import { judgeAnswer } from "../judge/answer.ts";
import type { Answer, Result } from "../model/result.ts";
import type { Site } from "./core.ts";
import type { Trip } from "./trip.ts";
import { Verdict } from "./verdict.ts";

/** Throws a `Verdict` when the database warned that the commit may be lost. */
export function arrive<R>(site: Site, trip: Trip, answer: Answer<R>): Result<R> {
  if (answer.warning !== undefined) {
    const outcome = judgeAnswer(answer);
    if (outcome !== undefined) throw new Verdict(outcome, answer.warning.message);
  }
  return {
    kind: answer.fields.length > 0 ? "rows" : "command",
    rows: answer.rows,
    fields: answer.fields,
    rowsAffected: answer.rowsAffected,
    ...(answer.lastInsertId === undefined ? undefined : { lastInsertId: answer.lastInsertId }),
    servedBy: site.id,
    attempts: trip.attempts,
    elapsedMs: trip.now - trip.startedAt,
  };
}
