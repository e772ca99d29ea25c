/**
 * A parameter as SQL text. PlanetScale's API takes no parameters beside the text, so they are written into it.
 *
 * What is written reads the same whatever the session's `sql_mode` and character set are: no backslash is ever
 * put between quotes, which NO_BACKSLASH_ESCAPES takes literally and which in GBK, Big5 or Shift-JIS may be the
 * second half of a letter. A text that holds one goes as its bytes, with the character set before them.
 *
 * @module
 */

import { clientFailure } from "./failure.ts";

/** What is not left to quotes: the backslash, and what some layer on the way may take for an end of text. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const NEEDS_BYTES = /[\\\0\x1a]/;

/** Half of a letter, for which UTF-8 has no bytes: JSON would carry it, the server would keep something else. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const FIRST_YEAR = 0;
const LAST_YEAR = 9999;

/**
 * The literal for a value. `null`, booleans, finite numbers, bigints, strings, `Date` (in UTC, as PlanetScale's
 * servers are), bytes, and other objects as JSON. An array is a list: `in (?)`. Throws a `Failure` for what has
 * no literal; its message tells the kind, never the value.
 */
export function literalOf(value: unknown, place: number): string {
  if (!Array.isArray(value)) return scalar(value, place);
  if (value.length === 0) throw unfit(place, "an empty array: SQL has no empty list");
  return value.map((item: unknown) => {
    if (Array.isArray(item)) {
      throw unfit(place, "an array in an array: pass JSON.stringify() of it");
    }
    return scalar(item, place);
  }).join(", ");
}

function scalar(value: unknown, place: number): string {
  switch (typeof value) {
    case "string":
      return textual(value, place);
    case "number":
      if (!Number.isFinite(value)) throw unfit(place, `${value}, which SQL does not know`);
      return String(value);
    case "bigint":
      return String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : objective(value, place);
    case "undefined":
      throw unfit(place, "undefined: pass null for SQL's NULL");
    case "symbol":
    case "function":
    default:
      throw unfit(place, `a ${typeof value}`);
  }
}

function objective(value: object, place: number): string {
  if (value instanceof Date) return `'${dated(value, place)}'`;
  if (value instanceof ArrayBuffer) return bytes(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) {
    return bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    // A circle, or a bigint inside.
  }
  if (json === undefined) throw unfit(place, "an object that JSON cannot hold");
  return textual(json, place);
}

function textual(text: string, place: number): string {
  if (LONE_SURROGATE.test(text)) {
    throw unfit(place, "a string with half a letter (a lone surrogate)");
  }
  if (NEEDS_BYTES.test(text)) return `_utf8mb4 ${bytes(new TextEncoder().encode(text))}`;
  return `'${text.replaceAll("'", "''")}'`;
}

function dated(date: Date, place: number): string {
  const year = date.getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) {
    throw unfit(place, "a Date outside of the years 0 to 9999");
  }
  return date.toISOString().replace("T", " ").replace("Z", "");
}

const HEX: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).padStart(2, "0"),
);

function bytes(from: Uint8Array): string {
  let digits = "";
  for (const byte of from) digits += HEX[byte];
  return `x'${digits}'`;
}

function unfit(place: number, what: string): Error {
  return clientFailure(`Parameter ${place} is ${what}`, "PARAMETER", "usable");
}
