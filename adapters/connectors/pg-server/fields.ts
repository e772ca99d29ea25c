/**
 * The fields of the server's errors and notices, in the names postgres.js gives them, so that the
 * same translation serves errors it saw and errors it never saw (see `line.ts`).
 *
 * @module
 */

import type { Buffer } from "node:buffer";

/** What an ErrorResponse or NoticeResponse holds. */
export interface ServerFields {
  readonly severity?: string;
  readonly severity_local?: string;
  readonly code?: string;
  readonly message?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly schema_name?: string;
  readonly table_name?: string;
  readonly column_name?: string;
  readonly constraint_name?: string;
  readonly routine?: string;
}

/** PostgreSQL manual, "Error and Notice Message Fields". `V` is never translated, `S` is. */
const NAMES: ReadonlyMap<string, keyof ServerFields> = new Map([
  ["V", "severity"],
  ["S", "severity_local"],
  ["C", "code"],
  ["M", "message"],
  ["D", "detail"],
  ["H", "hint"],
  ["P", "position"],
  ["s", "schema_name"],
  ["t", "table_name"],
  ["c", "column_name"],
  ["n", "constraint_name"],
  ["R", "routine"],
]);

/** Reads the body of one frame, `bytes[from .. to]`. */
export function readFields(bytes: Buffer, from: number, to: number): ServerFields {
  const fields: { -readonly [Name in keyof ServerFields]: string } = {};
  for (const part of bytes.toString("utf8", from, to).split("\0")) {
    const name = NAMES.get(part.charAt(0));
    if (name !== undefined) fields[name] = part.slice(1);
  }
  return fields;
}

/** Whether the server ends the session with this. Servers before 9.6 only have the local word. */
export function isEnding(fields: ServerFields): boolean {
  const severity = fields.severity ?? fields.severity_local;
  return severity === "FATAL" || severity === "PANIC";
}
