/**
 * What a statement gives back.
 *
 * @module
 */

/** A column of a result. */
export interface Field {
  readonly name: string;
  /** The database's type number: an OID on PostgreSQL. */
  readonly type: number;
}

/** A row as drivers give it: column name → value. */
export type Row = Record<string, unknown>;

/** A notice that came with an answer. */
export interface ServerWarning {
  readonly code: string;
  readonly message: string;
  /** Which of the server's routines said it; unlike the message, never translated. */
  readonly routine?: string;
}

/** What a connection answers, before holdfast adds who served it. */
export interface Answer<R = Row> {
  readonly rows: R[];
  /** Empty for a command that returns no columns. */
  readonly fields: readonly Field[];
  /** Rows inserted, updated, deleted, merged or copied; 0 for a read. */
  readonly rowsAffected: number;
  /** The generated key where the database gives one (MySQL; PostgreSQL: `RETURNING id`). */
  readonly lastInsertId?: string | number | bigint;
  /** The server's word for what it did: `SELECT`, `INSERT`, `COMMIT`, `ROLLBACK` … */
  readonly command?: string;
  /** Something the server said that changes what success means: see `judge/answer.ts`. */
  readonly warning?: ServerWarning;
}

/** What every result holds, whatever its kind. */
export interface Served<R = Row> {
  readonly rows: R[];
  readonly fields: readonly Field[];
  readonly rowsAffected: number;
  readonly lastInsertId?: string | number | bigint;
  /** The endpoint that answered. */
  readonly servedBy: string;
  /** How many attempts it took, the successful one included. */
  readonly attempts: number;
  /** From the call to the answer, waiting and retries included. */
  readonly elapsedMs: number;
}

/** The result of a statement that returned columns (even when it returned no row). */
export interface RowsResult<R = Row> extends Served<R> {
  readonly kind: "rows";
}

/** The result of a statement that returned no columns: `rows` and `fields` are empty. */
export interface CommandResult<R = Row> extends Served<R> {
  readonly kind: "command";
}

/** What `query` resolves to; `kind` tells the two apart. */
export type Result<R = Row> = RowsResult<R> | CommandResult<R>;
