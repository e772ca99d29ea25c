/**
 * What the API's values become. They come as MySQL's text protocol writes them; the field says what they are.
 *
 * @module
 */

/** What the API tells of a column; the names are its own. */
export interface PlanetscaleField {
  readonly name: string;
  /** Vitess's name for the type: `INT64`, `VARCHAR`; absent for a bare NULL. */
  readonly type?: string;
  /** MySQL's number of a collation; 63 is binary. */
  readonly charset?: number | null;
}

/** Makes a value of the bytes that came, one character for each; `null` is SQL's NULL. */
export type PlanetscaleCast = (field: PlanetscaleField, value: string | null) => unknown;

/** MySQL's number for "binary". */
const BINARY = 63;

/** A BOM is part of the text: dropping it would change what was stored. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Numbers that fit into a double, whole or not. */
const NUMBERS: ReadonlySet<string> = new Set(
  "INT8 INT16 INT24 INT32 UINT8 UINT16 UINT24 UINT32 YEAR FLOAT32 FLOAT64".split(" "),
);

/**
 * What stays text, because no value of JavaScript holds it: 64-bit integers and decimals have more digits than a
 * double, dates and times no zone.
 */
const AS_WRITTEN: ReadonlySet<string> = new Set(
  "INT64 UINT64 DECIMAL DATE DATETIME TIME TIMESTAMP".split(" "),
);

/** The value of a field, as `@planetscale/database` gives it but for a BOM, which is kept. */
export function castValue(field: PlanetscaleField, value: string | null): unknown {
  return value === null ? null : readerOf(field)(value);
}

/** How to read one column: chosen once for all of its rows. */
export function readerOf({ type = "NULL", charset }: PlanetscaleField): (value: string) => unknown {
  if (AS_WRITTEN.has(type)) return same;
  if (NUMBERS.has(type)) return Number;
  if (type === "JSON") return (value) => JSON.parse(text(value)) as unknown;
  return charset === BINARY ? bytes : text;
}

function same(value: string): string {
  return value;
}

function bytes(value: string): Uint8Array {
  const read = new Uint8Array(value.length);
  for (let at = 0; at < value.length; at++) read[at] = value.charCodeAt(at);
  return read;
}

function text(value: string): string {
  for (let at = 0; at < value.length; at++) {
    if (value.charCodeAt(at) >= 0x80) return UTF8.decode(bytes(value));
  }
  return value;
}
