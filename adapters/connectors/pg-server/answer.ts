/**
 * Makes an answer of what the server said.
 *
 * @module
 */

import type { Answer, Field, Row, ServerWarning } from "../../../src/model/result.ts";

/** What came for one statement, or for the last one of a script. */
export interface Reply {
  readonly rows: Row[];
  readonly fields: readonly Field[];
  /** The command tag: `SELECT 3`, `INSERT 0 1`, `CREATE TABLE`; empty for an empty text. */
  readonly tag: string;
  readonly warning: ServerWarning | undefined;
}

/** The commands whose count is of rows changed; the others count what they returned or passed over. */
const CHANGING: ReadonlySet<string> = new Set(["INSERT", "UPDATE", "DELETE", "MERGE", "COPY"]);

export function answerOf({ rows, fields, tag, warning }: Reply): Answer {
  const command = commandOf(tag);
  const rowsAffected = CHANGING.has(command) ? countOf(tag) : 0;
  const id = command === "INSERT" ? lastId(rows) : undefined;
  return {
    rows,
    fields,
    rowsAffected,
    ...(id === undefined ? undefined : { lastInsertId: id }),
    ...(command === "" ? undefined : { command }),
    ...(warning === undefined ? undefined : { warning }),
  };
}

/** The words before the numbers: `CREATE TABLE AS` has no number, `INSERT 0 1` has two. */
function commandOf(tag: string): string {
  let end = tag.length;
  while (end > 0 && isDigitOrSpace(tag.charCodeAt(end - 1))) end--;
  return tag.slice(0, end);
}

function countOf(tag: string): number {
  return Number(tag.slice(tag.lastIndexOf(" ") + 1));
}

function isDigitOrSpace(code: number): boolean {
  return code === 32 || (code >= 48 && code <= 57);
}

/** `RETURNING id`: the id of the last row, as MySQL's drivers would tell it. */
function lastId(rows: readonly Row[]): string | number | bigint | undefined {
  const id = rows[rows.length - 1]?.["id"];
  return typeof id === "string" || typeof id === "number" || typeof id === "bigint"
    ? id
    : undefined;
}
