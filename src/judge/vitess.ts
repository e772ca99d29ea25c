/**
 * Vitess's error words (vtrpc.proto) → outcomes: what a proxy for many MySQL servers says when MySQL itself gave
 * no number.
 *
 * @module
 */

import type { Outcome } from "../model/outcome.ts";

const STATEMENT: Outcome = { kind: "statement", scope: "statement", executed: "no" };
/** A tablet is gone, or one did not answer: what was sent to it may have run. */
const LOST: Outcome = { kind: "unavailable", scope: "endpoint", executed: "unknown" };
const LOCKED_OUT: Outcome = { kind: "misconfigured", scope: "endpoint", executed: "no" };

/** What a word means for a statement that was running. */
export const VITESS_RUNNING: ReadonlyMap<string, Outcome> = new Map<string, Outcome>([
  ["INVALID_ARGUMENT", STATEMENT],
  ["NOT_FOUND", STATEMENT],
  ["ALREADY_EXISTS", STATEMENT],
  ["OUT_OF_RANGE", STATEMENT],
  ["UNIMPLEMENTED", STATEMENT],
  // An ACL on a table, a denied table: about what the statement touches.
  ["PERMISSION_DENIED", STATEMENT],
  ["FAILED_PRECONDITION", STATEMENT],
  ["UNAUTHENTICATED", LOCKED_OUT],
  // Killed on request, or by the tablet's own limit; a scattered write may have been done elsewhere.
  ["CANCELED", { kind: "cancelled", scope: "statement", executed: "unknown" }],
  ["DEADLINE_EXCEEDED", { kind: "cancelled", scope: "statement", executed: "unknown" }],
  // "transaction …: ended at …": it is gone, by the tablet's limit or with the tablet.
  ["ABORTED", { kind: "conflict", scope: "statement", executed: "unknown" }],
  // A tablet's pool is full, or the transaction was throttled: refused before it ran.
  ["RESOURCE_EXHAUSTED", { kind: "overloaded", scope: "endpoint", executed: "no" }],
  // "primary is not serving, there is a reparent operation in progress", "operation not allowed in state
  // NOT_SERVING", "wrong tablet type": refused before it ran.
  ["CLUSTER_EVENT", { kind: "unavailable", scope: "endpoint", executed: "no" }],
  ["READ_ONLY", { kind: "readOnly", scope: "client", executed: "no" }],
  ["UNAVAILABLE", LOST],
  ["DATA_LOSS", LOST],
  ["INTERNAL", { kind: "unavailable", scope: "statement", executed: "unknown" }],
]);

/** Those that refuse a login. */
export const VITESS_LOCKED_OUT: ReadonlySet<string> = new Set([
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
]);

/** A result beyond the tablet's row limit or gRPC's message limit comes by the word for a full pool. */
export function isTooLarge(code: string | undefined, message: string): boolean {
  return (code === "RESOURCE_EXHAUSTED" || code === "1203") &&
    /row count exceeded|message larger than max/i.test(message);
}
