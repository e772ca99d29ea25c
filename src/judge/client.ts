/**
 * Failures of our own side. They say nothing about the endpoint and move no circuit.
 *
 * @module
 */

import type { Failure } from "../model/failure.ts";
import type { Executed, Outcome } from "../model/outcome.ts";

/** The names and codes under which a fired signal shows up; 20 is `DOMException.ABORT_ERR`. */
const ABORT_CODES: ReadonlySet<string> = new Set(["ABORT_ERR", "AbortError", "20"]);

/** What a pool says that had no connection to give: `drive/pool-failure.ts`, and a pool object that is overloaded. */
const FULL_CODES: ReadonlySet<string> = new Set([
  "QUEUE_FULL",
  "ACQUIRE_TIMEOUT",
  "POOL_OVERLOADED",
]);

/** Judges a failure whose origin is the client: a parameter that cannot be encoded, a limit, a signal. */
export function judgeClient(failure: Failure): Outcome {
  if (failure.code !== undefined && ABORT_CODES.has(failure.code)) {
    // A signal fires at any time, so only the phase knows whether the statement had left.
    const executed: Executed = failure.phase === "connecting" ? "no" : "unknown";
    return { kind: "aborted", scope: "client", executed };
  }
  if (failure.code !== undefined && FULL_CODES.has(failure.code)) {
    return { kind: "exhausted", scope: "client", executed: "no" };
  }
  // "client" means before anything was sent; an answer that cannot be decoded is the exception.
  const executed: Executed = failure.phase === "answering" ? "unknown" : "no";
  return { kind: "statement", scope: "client", executed };
}
