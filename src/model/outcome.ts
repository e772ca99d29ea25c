/**
 * What a failure means: kind × scope × executed. The only thing circuits and retries look at.
 *
 * @module
 */

/** What happened, in the words a decision needs. */
export type OutcomeKind =
  /** No connection could be had: refused, unknown host, starting up, shutting down, too slow to answer. */
  | "unavailable"
  /** An established connection died or fell silent under a statement. */
  | "disconnected"
  /** The database answered that it is out of something: connections, memory, disk. */
  | "overloaded"
  /** No permit or connection was free in time on our own side. */
  | "exhausted"
  /** The deadline passed before the answer came. */
  | "timeout"
  /** The database refused a write because it is a replica, or read-only. */
  | "readOnly"
  /** Serialization failure, deadlock, lock not available, recovery conflict: run it again. */
  | "conflict"
  /** The server ended the statement on request or by its own statement_timeout. */
  | "cancelled"
  /** The caller's signal fired. */
  | "aborted"
  /** Credentials, role, database or TLS set up wrongly: no retry will help. */
  | "misconfigured"
  /** The statement is at fault: syntax, constraint, unknown table, wrong parameter. */
  | "statement"
  /** Committed here, but the wait for a synchronous replica was given up: a failover may lose it. */
  | "unreplicated";

/** Whom the failure speaks about. Only `endpoint` may move a circuit. */
export type OutcomeScope = "endpoint" | "statement" | "client";

/** Whether the statement ran. `unknown` writes are never run again unless marked idempotent. */
export type Executed = "no" | "unknown" | "yes";

/** A judged failure. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly scope: OutcomeScope;
  readonly executed: Executed;
  /** The server's own word on when to come back, if it gave one. */
  readonly retryAfterMs?: number;
}
