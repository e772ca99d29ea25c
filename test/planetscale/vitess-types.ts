/**
 * What MySQL calls a column's type, in Vitess's words (vitess.io: go/sqltypes/const.go, `MySQLToType`;
 * proto/query.proto).
 */

const UNSIGNED = 0x20;
const BINARY = 0x80;
const ENUM = 0x100;
const SET = 0x800;

const NUMBERS: Readonly<Record<number, string>> = {
  1: "INT8",
  2: "INT16",
  3: "INT32",
  8: "INT64",
  9: "INT24",
};

const OTHERS: Readonly<Record<number, string>> = {
  0: "DECIMAL",
  4: "FLOAT32",
  5: "FLOAT64",
  // Proto3's JSON leaves out what is zero: NULL_TYPE.
  6: "",
  7: "TIMESTAMP",
  10: "DATE",
  11: "TIME",
  12: "DATETIME",
  13: "YEAR",
  16: "BIT",
  245: "JSON",
  246: "DECIMAL",
  247: "ENUM",
  248: "SET",
  255: "GEOMETRY",
};

const TEXTS: Readonly<Record<number, readonly [text: string, binary: string]>> = {
  15: ["VARCHAR", "VARBINARY"],
  249: ["TEXT", "BLOB"],
  250: ["TEXT", "BLOB"],
  251: ["TEXT", "BLOB"],
  252: ["TEXT", "BLOB"],
  253: ["VARCHAR", "VARBINARY"],
  254: ["CHAR", "BINARY"],
};

/** Vitess's name; empty for NULL. */
export function vitessType(type: number, flags: number): string {
  if ((flags & ENUM) !== 0) return "ENUM";
  if ((flags & SET) !== 0) return "SET";
  const number = NUMBERS[type];
  if (number !== undefined) return (flags & UNSIGNED) === 0 ? number : `U${number}`;
  const text = TEXTS[type];
  if (text !== undefined) return (flags & BINARY) === 0 ? text[0] : text[1];
  const other = OTHERS[type];
  if (other === undefined) throw new Error(`No Vitess type for MySQL's ${type}`);
  return other;
}
