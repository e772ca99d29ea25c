/**
 * What holdfast knows of a piece of SQL before it runs.
 *
 * @module
 */

/** Whose lexical rules a text follows. */
export type Dialect = "postgres" | "mysql";

/**
 * What running a text may do, as far as routing is concerned.
 *
 * - `read`: certainly changes nothing; may run on a replica
 * - `write`: changes rows, locks them, or may do so
 * - `transaction`: only begins, ends or marks a transaction
 * - `ddl`: changes the schema
 * - `session`: changes or depends on the state of one connection (SET, PREPARE, LISTEN, temporary tables)
 * - `unknown`: not understood; treated as a write
 */
export type Intent = "read" | "write" | "transaction" | "ddl" | "session" | "unknown";

/** The availability guide's query types. */
export type QueryType =
  | "select"
  | "insert"
  | "update"
  | "delete"
  | "merge"
  | "ddl"
  | "transaction"
  | "procedure"
  | "session"
  | "copy"
  | "other";

/** What `classify` finds out about a text. */
export interface Classification {
  readonly intent: Intent;
  readonly queryType: QueryType;
  /** How many statements the text holds; empty ones do not count. */
  readonly statements: number;
  /**
   * Whether the text leaves something behind on its connection (a setting, a prepared statement, a
   * session-level lock, a temporary table): such a connection is never handed to another caller.
   */
  readonly leavesState: boolean;
  /** Why the intent is not `read`, in a few words for people; empty for a read. */
  readonly because: string;
  /**
   * It calls a function that is not known to only read, or a procedure. As a read it goes where reads go, because a
   * replica refuses what writes; but its answer lost on a primary, it is not run again.
   */
  readonly callsUnknown?: true;
}

/** A text ready to run: placeholders in the dialect's own form, parameters in order. */
export interface Statement {
  readonly text: string;
  readonly params: readonly unknown[];
  readonly classification: Classification;
}
