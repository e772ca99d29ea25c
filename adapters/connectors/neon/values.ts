/**
 * Values as PostgreSQL writes them, both ways: Neon takes and gives everything as text. What comes out is what
 * `holdfast/postgres` gives, but for bytes, which are a plain `Uint8Array` and no `Buffer`.
 *
 * @module
 */

import type { Field, Row } from "../../../src/model/result.ts";
import { arrayTypes, parameterText, type Parsers } from "../pg-server/arrays.ts";
import { put } from "../pg-server/put.ts";

/** PostgreSQL's type numbers (`pg_type.dat`). The rest, numeric and int8 among them, stays text. */
const SCALARS: Parsers = {
  16: (text) => text === "t",
  17: bytesOf,
  20: undefined,
  21: Number,
  23: Number,
  26: Number,
  114: parseJson,
  700: Number,
  701: Number,
  1082: (text) => new Date(text),
  1114: (text) => new Date(text),
  1184: (text) => new Date(text),
  3802: parseJson,
};

const PARSERS: Readonly<Record<number, ((text: string) => unknown) | undefined>> = {
  ...SCALARS,
  ...Object.fromEntries(
    Object.values(arrayTypes(SCALARS, {})).flatMap(({ from, parse }) =>
      from.map((type) => [type, parse])
    ),
  ),
};

/** Rows of texts → rows of values. Throws where a text is not of its type. */
export function decode(fields: readonly Field[], rows: readonly (readonly unknown[])[]): Row[] {
  const columns = fields.map(({ name, type }) => ({ name, parse: PARSERS[type] }));
  return rows.map((texts) => {
    if (!Array.isArray(texts) || texts.length !== columns.length) {
      throw new TypeError("A row has not as many values as there are columns");
    }
    const row: Row = {};
    for (const [i, { name, parse }] of columns.entries()) {
      const text: unknown = texts[i];
      if (text !== null && typeof text !== "string") throw new TypeError("A value is not a text");
      put(row, name, text === null || parse === undefined ? text : parse(text));
    }
    return row;
  });
}

/**
 * A parameter as text. The server decides of what type it is, so an array is written as PostgreSQL's, never as
 * JSON's, and a text for a `json` column is taken for JSON. Throws a `TypeError` for what has no text.
 */
export function encode(value: unknown): string | null {
  if (value === null) return null;
  if (value === undefined) throw new TypeError("Undefined values are not allowed");
  return parameterText(value);
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length - 2) / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16);
  }
  return bytes;
}

function parseJson(text: string): unknown {
  return JSON.parse(text) as unknown;
}
