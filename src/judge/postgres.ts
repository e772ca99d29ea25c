/**
 * PostgreSQL's errors: which table of `sqlstate.ts` speaks.
 *
 * @module
 */

import type { Failure } from "../model/failure.ts";
import type { Outcome } from "../model/outcome.ts";
import { ENDING, LOGIN, lookUp, PROBLEM } from "./sqlstate.ts";

const READ_ONLY: Outcome = { kind: "readOnly", scope: "client", executed: "no" };
/** An error without a code: a proxy that lost its database says no more than this. */
const CODELESS: Outcome = { kind: "disconnected", scope: "endpoint", executed: "unknown" };

/**
 * Judges what a PostgreSQL server, or a proxy that speaks for one, answered.
 *
 * The same code means different things at different times: `3D000` refuses a login, but is also what
 * `DROP DATABASE nowhere` gets. So three tables: while logging in nothing has run; an ending (FATAL,
 * PANIC) leaves open whether the statement ran; a problem (ERROR) rolled the statement back.
 */
export function judgePostgres(failure: Failure): Outcome {
  const { code } = failure;
  if (failure.phase === "connecting") return lookUp(LOGIN, code ?? "");
  if (code === undefined || code === "") return CODELESS;
  if (isEnding(failure)) return lookUp(ENDING, code);
  if (needsPrimary(failure)) return READ_ONLY;
  return lookUp(PROBLEM, code);
}

/** Whether the server closed the session with this. The severity decides where the driver tells it. */
function isEnding(failure: Failure): boolean {
  const severity = failure.report?.severity;
  if (severity === undefined) return failure.connection === "broken";
  return severity === "FATAL" || severity === "PANIC";
}

/** The routines that raise 55000 for one reason only: they cannot run during recovery. */
const WAL_ROUTINES: ReadonlySet<string> = new Set([
  "pg_current_wal_lsn",
  "pg_current_wal_insert_lsn",
  "pg_current_wal_flush_lsn",
  "pg_walfile_name",
  "pg_walfile_name_offset",
  "pg_switch_wal",
]);

/**
 * Whether a hot standby refused this under one of the codes it shares with other refusals:
 * 55000 `recovery is in progress`, 0A000 `cannot use serializable mode in a hot standby` and
 * `cannot set transaction read-write mode during recovery` (`reference/postgres.md` 3). A server
 * with translated messages is only understood by the routine; the rest stays a plain refusal.
 */
function needsPrimary(failure: Failure): boolean {
  const { code, message } = failure;
  if (code === "0A000") return /in a hot standby|during recovery/.test(message);
  if (code !== "55000") return false;
  return message.startsWith("recovery is in progress") ||
    WAL_ROUTINES.has(failure.report?.routine ?? "");
}
