/**
 * PostgreSQL's SQLSTATEs → outcomes, in three tables (`postgres.ts` says which one speaks).
 *
 * The codes are PostgreSQL's appendix A, "Error codes". What each means for a client is measured in
 * `reference/postgres.md` 3. A code is looked up whole, then by its class (the first two characters),
 * then under `""`.
 *
 * @module
 */

import type { Executed, Outcome, OutcomeKind, OutcomeScope } from "../model/outcome.ts";

/** Code, class or `""` → outcome. */
export type CodeTable = ReadonlyMap<string, Outcome>;

/** Looks a code up: whole, by class, or what the table says of the rest. */
export function lookUp(table: CodeTable, code: string): Outcome {
  return table.get(code) ?? table.get(code.slice(0, 2)) ?? table.get("") ?? STATEMENT;
}

function outcome(kind: OutcomeKind, scope: OutcomeScope, executed: Executed): Outcome {
  return { kind, scope, executed };
}

const STATEMENT: Outcome = outcome("statement", "statement", "no");
const CONFLICT: Outcome = outcome("conflict", "statement", "no");
const CANCELLED: Outcome = outcome("cancelled", "statement", "no");
const OVERLOADED: Outcome = outcome("overloaded", "endpoint", "no");
const UNREACHED: Outcome = outcome("unavailable", "endpoint", "no");
/**
 * Scope "endpoint", although the endpoint may be well: it cannot serve us, and an open circuit keeps
 * us from logging in wrongly with every query. Law 7 keeps it open for those it serves.
 */
const LOCKED_OUT: Outcome = outcome("misconfigured", "endpoint", "no");
/**
 * Scope "client": the endpoint is well, our map is old. Moving its circuit would punish a good
 * replica for our mistake.
 */
const READ_ONLY: Outcome = outcome("readOnly", "client", "no");
/**
 * These codes end a session. On one that goes on they come from a foreign server (dblink and
 * postgres_fdw pass the remote code on): no word about this endpoint, and the remote part may stand.
 */
const FOREIGN: Outcome = outcome("unavailable", "statement", "unknown");

/** Errors while logging in: nothing was sent, so nothing ran. */
export const LOGIN: CodeTable = new Map([
  // Starting up, shutting down, in recovery, and whatever a proxy says of the server behind it.
  ["", UNREACHED],
  ["53", OVERLOADED],
  // Wrong password, no such role, refused by pg_hba, no such database.
  ["28", LOCKED_OUT],
  ["3D", LOCKED_OUT],
  // "permission denied for database", an unknown or wrong setting among the startup parameters.
  ["42", LOCKED_OUT],
  ["22", LOCKED_OUT],
  ["0A", LOCKED_OUT],
  // "database is not currently accepting connections": datallowconn is off.
  ["55000", LOCKED_OUT],
  ["57P04", LOCKED_OUT],
  // What a connector runs right after the login can be refused by a replica.
  ["25006", READ_ONLY],
]);

/**
 * FATAL and PANIC: the session is over. Whether the statement ran nobody knows, but for the codes
 * below. That includes codes only a login can get (57P03, 53300, 28P01): a driver that reconnects on
 * its own reports them for a statement it had sent before (`reference/postgres.md` 3b, H3).
 */
export const ENDING: CodeTable = new Map([
  ["", outcome("disconnected", "endpoint", "unknown")],
  ["53", outcome("overloaded", "endpoint", "unknown")],
  ["28", outcome("misconfigured", "endpoint", "unknown")],
  ["3D", outcome("misconfigured", "endpoint", "unknown")],
  ["57P03", outcome("unavailable", "endpoint", "unknown")],
  // Only a standby drops a database under a session that uses it, and a standby executes nothing.
  ["57P04", LOCKED_OUT],
  // "terminating connection due to conflict with recovery": likewise only on a standby.
  ["40001", CONFLICT],
  // idle_in_transaction_session_timeout, transaction_timeout: the transaction is rolled back.
  ["25P03", CANCELLED],
  ["25P04", CANCELLED],
  // idle_session_timeout: our connection lay idle for too long; the statement met a closed session.
  ["57P05", outcome("disconnected", "client", "no")],
]);

/** ERROR: the statement is rolled back and the session goes on. */
export const PROBLEM: CodeTable = new Map([
  // Among the rest: 0A, 21, 22, 23, 25, 2x, 3x, 42, 44, 54, 55, P0, HV, XX: the statement's own fault.
  ["", STATEMENT],

  // Connection exceptions.
  ["08", FOREIGN],
  // A Bind whose parameters do not fit the prepared statement: ours, not the line's.
  ["08P01", STATEMENT],

  ["25006", READ_ONLY],

  // 40001, 40P01: rolled back to let another transaction through, or to let recovery go on.
  ["40", CONFLICT],
  // A deferred constraint is broken, and will be broken again.
  ["40002", STATEMENT],
  ["40003", outcome("conflict", "statement", "unknown")],
  // NOWAIT or lock_timeout.
  ["55P03", CONFLICT],
  // Snapshot too old.
  ["72", CONFLICT],

  // Out of disk, memory, locks: this statement's, perhaps of its own making; a session goes on.
  ["53", outcome("overloaded", "statement", "no")],
  ["53300", OVERLOADED],
  // A limit set on purpose (temp_file_limit): this statement wants too much.
  ["53400", STATEMENT],

  // statement_timeout, pg_cancel_backend.
  ["57014", CANCELLED],
  ["57", FOREIGN],

  // The machine under the database: an I/O error.
  ["58", UNREACHED],
  // A file the statement named, or an extension's library, is missing or there already.
  ["58P01", STATEMENT],
  ["58P02", STATEMENT],

  // Corruption: another copy may be sound, but one bad page must not take the endpoint away.
  ["XX001", outcome("unavailable", "statement", "no")],
  ["XX002", outcome("unavailable", "statement", "no")],
]);
