/**
 * Every text under which a parameter's value may come back in a database's message.
 *
 * @module
 */

/** How deep into an object or array its own values are looked for. */
const MAX_DEPTH = 5;

/** Bytes are shown as hexadecimal digits; more of them than this no message can hold. */
const MAX_BYTES = 2_048;

/** A key that may just as well be a column's name. Others (an address, a number) are data. */
const PLAIN_KEY = /^[A-Za-z_]\w*$/;

/** Calls `found` with each text of `value`; the same one may come more than once. */
export function textsOf(value: unknown, found: (text: string) => void, depth = 0): void {
  if (typeof value === "string") textsOfString(value, found);
  else if (typeof value === "number" || typeof value === "bigint") found(String(value));
  else if (typeof value === "object" && value !== null) textsOfObject(value, found, depth);
  // A truth value is one of two words and gives nothing away; the rest cannot be a parameter.
}

function textsOfString(value: string, found: (text: string) => void): void {
  found(value);
  // The forms it takes inside a JSON document or an array, and inside an SQL literal.
  const escaped = JSON.stringify(value).slice(1, -1);
  if (escaped !== value) found(escaped);
  if (value.includes("'")) {
    found(value.replaceAll("'", "''"));
    found(escaped.replaceAll("'", "\\'"));
  }
}

function textsOfObject(value: object, found: (text: string) => void, depth: number): void {
  if (isDate(value)) return textsOfDate(value, found);
  if (value instanceof Uint8Array) return found(hexadecimal(value));
  if (value instanceof ArrayBuffer) return found(hexadecimal(new Uint8Array(value)));
  if (depth === 0) found(json(value));
  if (depth === MAX_DEPTH) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && !PLAIN_KEY.test(key)) textsOfString(key, found);
    textsOf(inner, found, depth + 1);
  }
}

/** By its tag: the core has no `Date` of its own, and one from another realm counts as well. */
function isDate(value: object): value is { toISOString(): string } {
  return Object.prototype.toString.call(value) === "[object Date]" && "toISOString" in value;
}

function textsOfDate(value: { toISOString(): string }, found: (text: string) => void): void {
  const iso = attempted(() => value.toISOString());
  found(iso);
  // PostgreSQL's own form; how many of the fraction's digits it shows depends on its zeros.
  found(iso.slice(0, "2026-11-23T10:20:30.400".length).replace("T", " "));
}

function json(value: object): string {
  return attempted(() => JSON.stringify(value) ?? "");
}

/** A value that cannot be written down (an invalid date, a circle, a bigint in JSON) has no text. */
function attempted(write: () => string): string {
  try {
    return write();
  } catch {
    return "";
  }
}

function hexadecimal(bytes: Uint8Array): string {
  let digits = "";
  for (const byte of bytes.subarray(0, MAX_BYTES)) digits += byte.toString(16).padStart(2, "0");
  return digits;
}
