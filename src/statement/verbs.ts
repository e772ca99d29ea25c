/**
 * Statements whose first word says all there is to say.
 *
 * @module
 */

import type { Dialect, Intent, QueryType } from "../model/statement.ts";
import type { Finding } from "./finding.ts";

/** What one statement is. */
export interface Reading extends Finding {
  readonly queryType: QueryType;
}

/** Neither table knows the word, or the statement cannot be read. */
export function notUnderstood(because: string): Reading {
  return { intent: "unknown", queryType: "other", leavesState: true, because };
}

const RUNS_PROCEDURE: Reading = {
  ...as("write", "procedure", "runs a procedure"),
  callsUnknown: true,
};

const SHARED: readonly [string, Reading][] = [
  ...each("call", RUNS_PROCEDURE),
  // A DO runs a text of its own, and what that leaves on the connection cannot be seen.
  ...each("do", as("write", "procedure", "runs a block of code", true)),
  ...each("create alter drop comment grant revoke", as("ddl", "ddl", "changes the schema")),
  ...each("truncate", as("write", "other", "empties a table")),
  ...each(
    "begin commit rollback savepoint release",
    as("transaction", "transaction", "controls a transaction"),
  ),
];

const POSTGRES: ReadonlyMap<string, Reading> = new Map([
  ...SHARED,
  ...each("start end abort", as("transaction", "transaction", "controls a transaction")),
  ...each("reassign security import", as("ddl", "ddl", "changes the schema")),
  ...each(
    "analyze analyse vacuum cluster reindex refresh repack",
    as("write", "other", "maintains tables"),
  ),
  ...each("checkpoint", as("write", "other", "acts on the server")),
  ...each("lock", as("write", "other", "locks a table")),
  ...each("notify", as("write", "other", "sends a notification")),
  ...each("listen", as("session", "session", "listens on its connection", true)),
  ...each(
    "unlisten reset execute fetch move close",
    as("session", "session", "depends on its connection"),
  ),
  // The driver's own prepared statements may be among those that go.
  ...each("discard deallocate", as("session", "session", "clears its connection", true)),
  ...each("prepare load set", as("session", "session", "leaves something on its connection", true)),
]);

const MYSQL: ReadonlyMap<string, Reading> = new Map([
  ...SHARED,
  ...each("xa", as("transaction", "transaction", "controls a transaction")),
  ...each("rename", as("ddl", "ddl", "changes the schema")),
  ...each("load", as("write", "copy", "loads rows")),
  ...each(
    "analyze optimize repair check checksum cache import",
    as("write", "other", "maintains tables"),
  ),
  ...each(
    "start stop kill shutdown restart purge change binlog",
    as("write", "other", "acts on the server"),
  ),
  ...each("clone install uninstall reset", as("write", "other", "acts on the server")),
  ...each("flush", as("write", "other", "acts on the server, and may lock it", true)),
  ...each("execute signal resignal unlock", as("session", "session", "depends on its connection")),
  ...each(
    "set use prepare lock",
    as("session", "session", "leaves something on its connection", true),
  ),
  ...each("handler get", as("session", "session", "leaves something on its connection", true)),
  ...each("deallocate", as("session", "session", "clears its connection", true)),
]);

/** The reading of a statement by its first word; `undefined` when that is not enough. */
export function readVerb(word: string, dialect: Dialect): Reading | undefined {
  return (dialect === "mysql" ? MYSQL : POSTGRES).get(word);
}

function each(words: string, reading: Reading): [string, Reading][] {
  return words.split(" ").map((word) => [word, reading]);
}

function as(intent: Intent, queryType: QueryType, because: string, leavesState = false): Reading {
  return { intent, queryType, leavesState, because };
}
