/**
 * The fields of a server's error as Neon's JSON and the driver name them, in the names of `pg-server`.
 *
 * @module
 */

import type { ServerFields } from "../pg-server/fields.ts";

const NAMES: readonly (readonly [keyof ServerFields, string])[] = [
  ["severity", "severity"],
  ["code", "code"],
  ["message", "message"],
  ["detail", "detail"],
  ["hint", "hint"],
  ["position", "position"],
  ["schema_name", "schema"],
  ["table_name", "table"],
  ["column_name", "column"],
  ["constraint_name", "constraint"],
  ["routine", "routine"],
];

/** What is empty or no text was not told: Neon writes `""` and `null` for it. */
export function fieldsOf(told: unknown): ServerFields {
  const fields: { -readonly [Name in keyof ServerFields]: string } = {};
  if (typeof told !== "object" || told === null) return fields;
  const values = told as Readonly<Record<string, unknown>>;
  for (const [name, given] of NAMES) {
    const value = values[given];
    if (typeof value === "string" && value !== "") fields[name] = value;
  }
  return fields;
}
