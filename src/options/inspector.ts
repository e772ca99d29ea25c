/**
 * Collects every problem of a set of options, so that all are told at once.
 *
 * @module
 */

import { OptionError, type OptionProblem } from "../errors.ts";
import { allowedBy, type OptionPath, rowOf } from "./table.ts";

/** Reads options and notes what is wrong with them. */
export class Inspector {
  readonly problems: OptionProblem[] = [];

  /** Notes a problem; `value` is shown without anything that may be secret. */
  refuse(path: string, value: unknown, allowed: string): void {
    this.problems.push({ path, value: show(value), allowed });
  }

  /** The value as a plain object, or an empty one after noting that it is none. */
  record(path: string, value: unknown): Readonly<Record<string, unknown>> {
    if (value === undefined) return {};
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    this.refuse(path, value, "an object");
    return {};
  }

  /** Notes every key that is not known: most often a slip of the pen. */
  onlyKnown(
    path: string,
    value: Readonly<Record<string, unknown>>,
    known: readonly string[],
  ): void {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      // The value of an option we do not know may be anything, a password too.
      this.problems.push({
        path: at(path, key),
        value: "an unknown option",
        allowed: `one of ${known.join(", ")}`,
      });
    }
  }

  /** A number of the table, its default where it is not given or not usable. */
  number(row: OptionPath, value: unknown, path: string = row): number | undefined {
    const { default: fallback, range, unit } = rowOf(row);
    if (value === undefined) return fallback;
    const whole = unit === "count";
    if (
      typeof value === "number" && value >= range[0] && value <= range[1] &&
      (!whole || Number.isInteger(value))
    ) return value;
    this.refuse(path, value, allowedBy(rowOf(row)));
    return fallback;
  }

  /** A whole group of the table's numbers, by the part of the path before the last dot. */
  group(
    prefix: string,
    value: unknown,
    keys: readonly string[],
  ): Readonly<Record<string, number | undefined>> {
    const given = this.record(prefix, value);
    this.onlyKnown(prefix, given, keys);
    return Object.fromEntries(
      keys.map((key) => [key, this.number(`${prefix}.${key}` as OptionPath, given[key])]),
    );
  }

  /** One of a list of words. */
  word<T extends string>(path: string, value: unknown, words: readonly T[]): T | undefined {
    const found = words.find((word) => word === value);
    if (found === undefined) this.refuse(path, value, `one of ${words.join(", ")}`);
    return found;
  }

  /** Throws an `OptionError` with all problems, if there is any. */
  finish(): void {
    if (this.problems.length > 0) throw new OptionError(this.problems);
  }
}

/** The path of a key. One that is no name stays hidden: somebody may have put a URL in its place. */
export function at(path: string, key: string): string {
  const name = /^[\w$-]{1,40}$/.test(key) ? key : "(a key that is not shown)";
  return path === "" ? name : `${path}.${name}`;
}

/** Long texts and anything like a URL or an address stay hidden: they may hold a password. */
export function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      if (value === "") return "an empty text";
      return value.length <= 40 && !/[:@/\\]/.test(value) ? `"${value}"` : "a text (not shown)";
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `a list of ${value.length}` : "an object";
  }
}
