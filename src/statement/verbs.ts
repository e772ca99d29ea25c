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

const SHARED: readonly [string, Reading][] = [
  ...each("write", "procedure", "runs a procedure", "call"),
  // A DO runs a text of its own, and what that leaves on the connection cannot be seen.
  ...each("write", "procedure", "runs a block of code", "do", true),
  ...each("ddl", "ddl", "changes the schema", "create alter drop comment grant revoke"),
  ...each("write", "other", "empties a table", "truncate"),
  ...each(
    "transaction",
    "transaction",
    "controls a transaction",
    "begin commit rollback savepoint release",
  ),
];

const POSTGRES: ReadonlyMap<string, Reading> = new Map([
  ...SHARED,
  ...each("transaction", "transaction", "controls a transaction", "start end abort"),
  ...each("ddl", "ddl", "changes the schema", "reassign security import"),
  ...each(
    "write",
    "other",
    "maintains tables",
    "analyze analyse vacuum cluster reindex refresh repack",
  ),
  ...each("write", "other", "acts on the server", "checkpoint"),
  ...each("write", "other", "locks a table", "lock"),
  ...each("write", "other", "sends a notification", "notify"),
  ...each("session", "session", "listens on its connection", "listen", true),
  ...each(
    "session",
    "session",
    "depends on its connection",
    "unlisten reset execute fetch move close",
  ),
  // The driver's own prepared statements may be among those that go.
  ...each("session", "session", "clears its connection", "discard deallocate", true),
  ...each("session", "session", "leaves something on its connection", "prepare load set", true),
]);

const MYSQL: ReadonlyMap<string, Reading> = new Map([
  ...SHARED,
  ...each("transaction", "transaction", "controls a transaction", "xa"),
  ...each("ddl", "ddl", "changes the schema", "rename"),
  ...each("write", "copy", "loads rows", "load"),
  ...each(
    "write",
    "other",
    "maintains tables",
    "analyze optimize repair check checksum cache import",
  ),
  ...each(
    "write",
    "other",
    "acts on the server",
    "start stop kill shutdown restart purge change binlog",
  ),
  ...each("write", "other", "acts on the server", "clone install uninstall reset"),
  ...each("write", "other", "acts on the server, and may lock it", "flush", true),
  ...each("session", "session", "depends on its connection", "execute signal resignal unlock"),
  ...each("session", "session", "leaves something on its connection", "set use prepare lock", true),
  ...each("session", "session", "leaves something on its connection", "handler get", true),
  ...each("session", "session", "clears its connection", "deallocate", true),
]);

/** The reading of a statement by its first word; `undefined` when that is not enough. */
export function readVerb(word: string, dialect: Dialect): Reading | undefined {
  return (dialect === "mysql" ? MYSQL : POSTGRES).get(word);
}

function each(
  intent: Intent,
  queryType: QueryType,
  because: string,
  words: string,
  leavesState = false,
): [string, Reading][] {
  return words.split(" ").map((word) => [word, { intent, queryType, leavesState, because }]);
}
