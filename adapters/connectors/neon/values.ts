/**
 * Values as PostgreSQL writes them, both ways: Neon takes and gives everything as text. What comes out is what
 * `holdfast/postgres` gives, but for bytes, which are a plain `Uint8Array` and no `Buffer`.
 *
 * @module
 */

import type { Field, Row } from "../../../src/model/result.ts";
import { arrayTypes, type Parsers, writeArray } from "../pg-server/arrays.ts";
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
  if (Array.isArray(value)) return writeArray(value, textOf);
  return textOf(value);
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
      return String(value);
    case "boolean":
      return value ? "t" : "f";
    case "object":
      return objectText(value ?? {});
    case "undefined":
    case "function":
    case "symbol":
    default:
      throw new TypeError(`A ${typeof value} cannot be a parameter`);
  }
}

function objectText(value: object): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return hexOf(value);
  if (value instanceof ArrayBuffer) return hexOf(new Uint8Array(value));
  return JSON.stringify(value);
}

function hexOf(bytes: Uint8Array): string {
  let text = "\\x";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
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
