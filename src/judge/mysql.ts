/**
 * MySQL's and MariaDB's error numbers → outcomes. The numbers are those of the servers' own error
 * message references; 2000–2999 are the client library's.
 *
 * @module
 */

import type { Failure } from "../model/failure.ts";
import type { Executed, Outcome, OutcomeKind, OutcomeScope } from "../model/outcome.ts";
import { isTooLarge, VITESS_LOCKED_OUT, VITESS_RUNNING } from "./vitess.ts";

function outcome(kind: OutcomeKind, scope: OutcomeScope, executed: Executed): Outcome {
  return { kind, scope, executed };
}

const STATEMENT: Outcome = outcome("statement", "statement", "no");
const CONFLICT: Outcome = outcome("conflict", "statement", "no");
/** InnoDB rolls the interrupted statement back. (MyISAM keeps what it has done; it cannot be safe.) */
const CANCELLED: Outcome = outcome("cancelled", "statement", "no");
const OVERLOADED: Outcome = outcome("overloaded", "endpoint", "no");
const UNREACHED: Outcome = outcome("unavailable", "endpoint", "no");
const LOCKED_OUT: Outcome = outcome("misconfigured", "endpoint", "no");
/** Our map is old; the endpoint is well (as with PostgreSQL's 25006). */
const READ_ONLY: Outcome = outcome("readOnly", "client", "no");
const CUT: Outcome = outcome("disconnected", "endpoint", "unknown");

/** Judges what a MySQL or MariaDB server, or a proxy that speaks for one, answered. */
export function judgeMysql(failure: Failure): Outcome {
  const { code } = failure;
  if (failure.phase === "connecting") return judgeLogin(code);
  // 1290 names the option that is in the way; only one of them makes a server read-only.
  if (code === "1290") return /read[-_]only/i.test(failure.message) ? READ_ONLY : STATEMENT;
  // It was too much to bring home, after it had run.
  if (isTooLarge(code, failure.message)) return { ...STATEMENT, executed: "unknown" };
  const known = code === undefined ? undefined : RUNNING.get(code) ?? VITESS_RUNNING.get(code);
  if (known !== undefined) return known;
  // A plain error leaves the connection alone, so an unknown one that did not is a cut.
  return failure.connection === "broken" || code === undefined ? CUT : STATEMENT;
}

/** While logging in nothing has run, whatever the number says. */
function judgeLogin(code: string | undefined): Outcome {
  if (code === undefined) return UNREACHED;
  if (LOCKED_OUT_CODES.has(code) || VITESS_LOCKED_OUT.has(code)) return LOCKED_OUT;
  const { kind } = RUNNING.get(code) ?? VITESS_RUNNING.get(code) ?? UNREACHED;
  return kind === "overloaded" ? OVERLOADED : UNREACHED;
}

/** Numbers that refuse a login. In a running statement most of them are about other objects. */
const LOCKED_OUT_CODES: ReadonlySet<string> = new Set([
  "1044", // access denied to the database
  "1045", // access denied
  "1049", // unknown database
  "1130", // host not allowed
  "1227", // a privilege is missing
  "1251", // the authentication protocol is not supported
  "1698", // access denied (socket authentication)
  "1820", // the password has to be changed
  "1862", // the password has expired
  "2026", // TLS
  "2049", // old password format
  "2054", // unknown authentication
  "2058", // unknown authentication plugin
  "2059", // the authentication plugin cannot be loaded
  "2061", // the authentication plugin failed
  "3118", // the account is locked
  "3159", // TLS is required
  "3955", // blocked after failed logins
]);

const RUNNING: ReadonlyMap<string, Outcome> = new Map([
  // 1836: "running in read-only mode". 1792 is not here: the caller began a read-only transaction.
  ["1836", READ_ONLY],

  // Lock wait timeout, deadlock, changed since the last read, XA deadlock, rolled back by the
  // group's certification, NOWAIT.
  ["1205", CONFLICT],
  ["1213", CONFLICT],
  ["1020", CONFLICT],
  ["1614", CONFLICT],
  ["3101", CONFLICT],
  ["3572", CONFLICT],

  // Killed, max_execution_time, MariaDB's max_statement_time.
  ["1317", CANCELLED],
  ["3024", CANCELLED],
  ["1969", CANCELLED],

  // Disk full, out of memory, sort memory, connections, resources, table full, threads, and a
  // user's own limits.
  ["1021", OVERLOADED],
  ["1037", OVERLOADED],
  ["1038", OVERLOADED],
  ["1040", OVERLOADED],
  ["1041", OVERLOADED],
  ["1114", OVERLOADED],
  ["1135", OVERLOADED],
  ["1203", OVERLOADED],
  ["1226", OVERLOADED],

  // Shutting down, aborted, broken packets, killed sessions, lost lines: the statement may have run.
  ["1053", CUT],
  ["1152", CUT],
  ["1158", CUT],
  ["1159", CUT],
  ["1160", CUT],
  ["1161", CUT],
  ["1184", CUT],
  ["1927", CUT],
  ["2006", CUT],
  ["2013", CUT],
  ["2055", CUT],
  ["3169", CUT],
  // wait_timeout: our connection lay idle for too long; the statement met a closed session.
  ["4031", outcome("disconnected", "client", "no")],
  // "Server isn't available".
  ["3168", UNREACHED],

  // Failed in or around the commit.
  ["1180", outcome("conflict", "statement", "unknown")],
  ["1181", outcome("conflict", "statement", "unknown")],
  ["3100", outcome("conflict", "statement", "unknown")],
  // "Unknown error": what a Vitess proxy says of everything, from a typing mistake to a lost tablet.
  ["1105", outcome("unavailable", "statement", "unknown")],
]);
