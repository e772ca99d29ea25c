/**
 * Who made an attempt, and how it is told.
 *
 * @module
 */

import type { ClosedError } from "../errors.ts";
import type { Failure } from "../model/failure.ts";
import type { Answer } from "../model/result.ts";
import type { Verdict } from "./verdict.ts";

/** Why an attempt failed; a `ClosedError` ends the trip. */
export type AttemptError = Failure | Verdict | ClosedError;

/** Who made an attempt. Exactly one of the first two is called, once, unless it is overtaken. */
export interface Owner<R> {
  resolve(answer: Answer<R>): void;
  reject(reason: AttemptError): void;
  /** It is not over at `dueAt`; answers when to be told again. */
  overdue?(now: number, dueAt: number): number;
}
