/**
 * Reads what others wrote: nothing of it can be relied on, and nothing of it does harm. What is missing or
 * makes no sense gets a harmless value, and every list is cut at its limit before it is looked at.
 *
 * @module
 */

import { MAX_ID_LENGTH, MAX_REPORTER_LENGTH } from "./state.ts";

/** No duration that anybody tells is longer: a day. One that is would silence an isolate for good. */
const LONGEST_MS = 86_400_000;

/** An object that is none has no fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value's own fields; `undefined`: it is no object. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Fields
    : undefined;
}

/** One of its own: what everything inherits (`constructor`, `__proto__`) is nobody's word. */
export function field(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** A reading of a clock, or any other number. */
export function readNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A number that cannot be negative. */
export function readAmount(value: unknown): number | undefined {
  const number = readNumber(value);
  return number === undefined ? undefined : Math.max(0, number);
}

/** A whole one. */
export function readCount(value: unknown): number | undefined {
  const amount = readAmount(value);
  return amount === undefined ? undefined : Math.min(Math.floor(amount), Number.MAX_SAFE_INTEGER);
}

/** In whole milliseconds, to keep the state short; a day at most. */
export function readMs(value: unknown): number | undefined {
  const amount = readAmount(value);
  return amount === undefined ? undefined : Math.min(Math.round(amount), LONGEST_MS);
}

/** Whether it names something. What JSON writes as six characters each would make the state too long. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_ID_LENGTH &&
    /^[^\p{Cc}\p{Cs}]+$/u.test(value);
}

/** Whether it names a reporter: of one byte a character, since many are kept. */
export function isReporter(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_REPORTER_LENGTH &&
    /^[!-~]+$/.test(value);
}

/** An id, or nothing. */
export function readId(value: unknown): string | undefined {
  return isId(value) ? value : undefined;
}

/** A reporter's name, or nothing. */
export function readReporter(value: unknown): string | undefined {
  return isReporter(value) ? value : undefined;
}

/** The items that make sense of the first `limit`; of two with one name the first. */
export function readList<T>(
  value: unknown,
  limit: number,
  read: (fields: Fields) => T | undefined,
  nameOf: (item: T) => string,
): readonly T[] {
  if (!Array.isArray(value)) return [];
  const items = new Map<string, T>();
  for (const one of value.slice(0, limit)) {
    const fields = fieldsOf(one);
    const item = fields && read(fields);
    if (item !== undefined && !items.has(nameOf(item))) items.set(nameOf(item), item);
  }
  return [...items.values()];
}

/** A field that is left out where there is nothing to say. */
export function given<K extends string, V>(
  name: K,
  value: V | undefined,
): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: V };
}
