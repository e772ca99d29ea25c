/**
 * What the API answers, read without trusting it.
 *
 * @module
 */

import type { Answer, Field, Row } from "../../../src/model/result.ts";
import { type PlanetscaleCast, type PlanetscaleField, readerOf } from "./values.ts";

/** An error as the API words it. */
export interface ApiError {
  readonly code: string | undefined;
  readonly message: string;
}

/** The parts of an answer. */
export interface Reply {
  /** Opaque; has to come back with the next statement of the same session. */
  readonly session: unknown;
  readonly error: ApiError | undefined;
  readonly result: unknown;
}

/** `undefined` when it is no answer of this API. */
export function readReply(text: string): Reply | undefined {
  const said = parse(text);
  if (said === undefined) return undefined;
  const { session = null, result } = said;
  const error = readError(said);
  if (error === undefined && !isObject(session) && !isObject(result)) return undefined;
  return { session, error, result };
}

/** The error in a body: beside an answer, or (Connect's own, of a gateway) instead of one. */
export function readError(body: Readonly<Record<string, unknown>>): ApiError | undefined {
  const { error = body } = body;
  if (!isObject(error)) return undefined;
  const { code, message } = error;
  if (typeof message !== "string" && typeof code !== "string") return undefined;
  return {
    code: typeof code === "string" ? code : undefined,
    message: typeof message === "string" ? message : "The database gave no message",
  };
}

/** A JSON object, or `undefined`. */
export function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Makes an answer of a result. Throws when it does not hold together. */
export function answerOf(result: unknown, cast: PlanetscaleCast | undefined): Answer {
  const { fields: said, rows, rowsAffected, insertId } = isObject(result) ? result : NOTHING;
  const fields = list(said).map(fieldOf);
  if (fields.length > 0) {
    return {
      rows: readRows(fields, list(rows), cast),
      fields: fields.map(({ name, type = "NULL" }): Field => ({ name, type: numberOf(type) })),
      rowsAffected: 0,
    };
  }
  const id = typeof insertId === "number" ? String(insertId) : insertId;
  return {
    rows: [],
    fields: [],
    rowsAffected: Number(rowsAffected ?? 0),
    ...(typeof id === "string" && id !== "" && id !== "0" ? { lastInsertId: id } : {}),
  };
}

function readRows(
  fields: readonly PlanetscaleField[],
  rows: readonly unknown[],
  cast: PlanetscaleCast | undefined,
): Row[] {
  const readers = fields.map((field) =>
    cast === undefined ? readerOf(field) : (value: string) => cast(field, value)
  );
  const nulls = fields.map((field) => cast === undefined ? null : cast(field, null));
  return rows.map((row) => {
    const { lengths, values } = isObject(row) ? row : NOTHING;
    const widths = list(lengths);
    if (widths.length !== fields.length) {
      throw new TypeError("a row of another width than its fields");
    }
    const bytes = typeof values === "string" ? atob(values) : "";
    const read: Row = {};
    let at = 0;
    for (let column = 0; column < readers.length; column++) {
      const width = Number(widths[column]);
      const name = fields[column]?.name ?? "";
      if (width < 0) {
        put(read, name, nulls[column]);
        continue;
      }
      if (!(at + width <= bytes.length)) throw new TypeError("a row that is shorter than it says");
      put(read, name, readers[column]?.(bytes.slice(at, at + width)));
      at += width;
    }
    if (at !== bytes.length) throw new TypeError("a row that is longer than it says");
    return read;
  });
}

/** A column may be called `__proto__`: assigning to that would change what the row is. */
function put(row: Row, name: string, value: unknown): void {
  if (name !== "__proto__") row[name] = value;
  else Object.defineProperty(row, name, { value, enumerable: true, writable: true });
}

function fieldOf(value: unknown): PlanetscaleField {
  if (!isObject(value) || typeof value["name"] !== "string") {
    throw new TypeError("a field without a name");
  }
  // Proto3's JSON leaves out what is zero, which is the type NULL.
  return value as unknown as PlanetscaleField;
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError("something else than a list");
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const NOTHING: Readonly<Record<string, unknown>> = {};

/**
 * MySQL's numbers of the types Vitess names (vitess.io, query.proto; MySQL's field_types.h): in their order, from
 * 0 and from 245 on. Where several names have one number (text and bytes, signed and not), one stands for all.
 */
const LOW =
  "DECIMAL INT8 INT16 INT32 FLOAT32 FLOAT64 NULL TIMESTAMP INT64 INT24 DATE TIME DATETIME YEAR"
    .split(" ");
const HIGH = "JSON DECIMAL ENUM SET - - - TEXT VARCHAR CHAR GEOMETRY".split(" ");
const SAME: Readonly<Record<string, string>> = {
  BLOB: "TEXT",
  VARBINARY: "VARCHAR",
  BINARY: "CHAR",
};
const BIT = 16;

function numberOf(type: string): number {
  if (type === "BIT") return BIT;
  const name = SAME[type] ?? type.replace(/^U(?=INT)/, "");
  const high = HIGH.indexOf(name);
  return high < 0 ? Math.max(0, LOW.indexOf(name)) : 245 + high;
}
