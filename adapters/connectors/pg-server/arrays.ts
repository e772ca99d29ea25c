/**
 * Arrays of PostgreSQL's own types. postgres.js learns them by a query at every connect
 * (`fetch_types`); these numbers never change, so nothing needs to be asked. Arrays of types made in
 * the database (enums, domains) stay text, as they do in postgres.js with `fetch_types: false`.
 *
 * @module
 */

import { valueText } from "./value-text.ts";

/** Array type → element type (PostgreSQL 18, `pg_type.dat`; all of them are separated by commas). */
const ELEMENTS: readonly (readonly [array: number, element: number])[] = [
  [1000, 16], // bool
  [1001, 17], // bytea
  [1002, 18], // "char"
  [1003, 19], // name
  [1005, 21], // int2
  [1007, 23], // int4
  [1009, 25], // text
  [1014, 1042], // bpchar
  [1015, 1043], // varchar
  [1016, 20], // int8
  [1021, 700], // float4
  [1022, 701], // float8
  [1028, 26], // oid
  [1040, 829], // macaddr
  [1041, 869], // inet
  [651, 650], // cidr
  [1115, 1114], // timestamp
  [1182, 1082], // date
  [1183, 1083], // time
  [1185, 1184], // timestamptz
  [1187, 1186], // interval
  [1231, 1700], // numeric
  [1270, 1266], // timetz
  [199, 114], // json
  [3807, 3802], // jsonb
  [2951, 2950], // uuid
];

/** Text → value and value → text, by type number; postgres.js keeps such tables. */
export type Parsers = Readonly<Record<number, ((text: string) => unknown) | undefined>>;
export type Serializers = Readonly<Record<number, ((value: unknown) => unknown) | undefined>>;

/** One entry of postgres.js's `types` option. */
export interface TypeEntry {
  readonly to: number;
  readonly from: number[];
  readonly serialize: (value: unknown) => unknown;
  readonly parse: (text: string) => unknown;
}

/** Entries for all arrays, over the elements' own ways of reading and writing. */
export function arrayTypes(parsers: Parsers, serializers: Serializers): Record<string, TypeEntry> {
  const types: Record<string, TypeEntry> = {};
  for (const [array, element] of ELEMENTS) {
    const parse = parsers[element];
    const serialize = serializers[element];
    types[`array${array}`] = {
      to: array,
      from: [array],
      parse: (text) => readArray(text, parse),
      serialize: (value) => Array.isArray(value) ? writeArray(value, serialize) : value,
    };
  }
  return types;
}

/** Reads an array literal (PostgreSQL manual, "Array Input and Output Syntax"). */
export function readArray(
  text: string,
  parse: ((text: string) => unknown) | undefined,
): unknown[] {
  // Bounds other than 1 are written in front: `[0:1]={a,b}`.
  let at = text.indexOf("{");
  if (at < 0) throw new TypeError("What should be an array begins without a brace");
  return level();

  function level(): unknown[] {
    const items: unknown[] = [];
    at++;
    while (at < text.length) {
      const char = text[at];
      if (char === "}") {
        at++;
        return items;
      }
      if (char === ",") at++;
      else if (char === "{") items.push(level());
      else if (char === '"') items.push(valueOf(quoted()));
      else items.push(bare());
    }
    throw new TypeError("What should be an array ends without a brace");
  }

  function quoted(): string {
    let value = "";
    let from = ++at;
    while (at < text.length && text[at] !== '"') {
      if (text[at] === "\\") {
        value += text.slice(from, at);
        from = ++at;
      }
      at++;
    }
    value += text.slice(from, at);
    at++;
    return value;
  }

  function bare(): unknown {
    const from = at;
    while (at < text.length && text[at] !== "," && text[at] !== "}") at++;
    const value = text.slice(from, at);
    return value === "NULL" ? null : valueOf(value);
  }

  function valueOf(value: string): unknown {
    return parse === undefined ? value : parse(value);
  }
}

/** The text of a parameter whose type is not known or has no way of writing: an array is never JSON's. */
export function parameterText(value: unknown): string {
  return Array.isArray(value) ? writeArray(value) : valueText(value);
}

/** Writes an array literal; every element is quoted, so that no text can be mistaken for syntax. */
export function writeArray(
  items: readonly unknown[],
  serialize: (value: unknown) => unknown = valueText,
): string {
  const parts = items.map((item) => {
    if (item === null || item === undefined) return "NULL";
    if (Array.isArray(item)) return writeArray(item, serialize);
    const value = String(serialize(item));
    return `"${value.replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${parts.join(",")}}`;
}
