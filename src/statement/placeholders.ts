/**
 * Placeholders: `?` for both dialects, `$1` for PostgreSQL.
 *
 * {@link analyse} does what depends on the text alone, so that a caller may remember it by text;
 * {@link bind} checks a call's parameters against it.
 *
 * @module
 */

import { ParameterError } from "../errors.ts";
import type { Dialect } from "../model/statement.ts";
import { isWordPart } from "./chars.ts";
import { type Edit, findQuestionMarks } from "./question-marks.ts";
import { isWord } from "./span.ts";
import { splitStatements } from "./statements.ts";
import { type Token, tokenize } from "./tokens.ts";

/** A text's placeholders. */
export interface PlaceholderPlan {
  /** The text with placeholders in the dialect's own form: `$1`, … or `?`. */
  readonly text: string;
  /**
   * How many parameters it asks for. `undefined` when the text ends inside a string or comment and
   * nothing was understood or changed: the database will say so better.
   */
  readonly expected: number | undefined;
  /** How the text spelled them. */
  readonly style: "none" | "dollar" | "question";
}

/**
 * Finds a text's placeholders; on PostgreSQL `?` becomes `$1`, `$2`, … Strings, comments, quoted names and
 * operators are left alone: see `question-marks.ts` for which `?` is which. A text with `$n` is never
 * changed. Costs next to nothing when the text holds neither `?` nor `$`.
 */
export function analyse(text: string, dialect: Dialect): PlaceholderPlan {
  const none: PlaceholderPlan = { text, expected: 0, style: "none" };
  if (!text.includes("?") && (dialect === "mysql" || !text.includes("$"))) return none;
  const { tokens, complete } = tokenize(text, dialect);
  if (!complete) return { ...none, expected: undefined };
  if (dialect === "mysql") {
    const marks = tokens.filter((token) => token.kind === "operator" && token.text === "?");
    return marks.length === 0 ? none : { text, expected: marks.length, style: "question" };
  }
  const highest = findHighest(tokens);
  if (highest !== undefined) return { text, expected: highest, style: "dollar" };
  const edits = tokens.some((token) => token.kind === "param") ? [] : findQuestionMarks(tokens);
  return edits.length === 0 ? none : rewrite(text, edits);
}

/**
 * The highest number of a `$n`; `undefined` without any. In PREPARE and in a routine's body they belong to
 * what is made there, and are no parameters of this text.
 */
function findHighest(tokens: readonly Token[]): number | undefined {
  if (!tokens.some((token) => token.kind === "param")) return undefined;
  let highest: number | undefined;
  for (const { from, to } of splitStatements(tokens, "postgres")) {
    if (isWord(tokens[from], "prepare") || makesRoutine(tokens, from)) continue;
    for (let at = from; at < to; at++) {
      const token = tokens[at];
      if (token?.kind === "param") highest = Math.max(highest ?? 0, Number(token.text.slice(1)));
    }
  }
  return highest;
}

function makesRoutine(tokens: readonly Token[], from: number): boolean {
  if (!isWord(tokens[from], "create")) return false;
  const at = isWord(tokens[from + 1], "or") ? from + 3 : from + 1;
  return isWord(tokens[at], "function") || isWord(tokens[at], "procedure");
}

function rewrite(text: string, edits: readonly Edit[]): PlaceholderPlan {
  let written = "";
  let from = 0;
  let count = 0;
  for (const { start, end, becomes } of edits) {
    written += text.slice(from, start);
    from = end;
    if (becomes === "operator") {
      written += "?";
      continue;
    }
    // `limit?` and `?and` are whole words without a blank: `limit$1` would be a name.
    const before = written.length > 0 && isWordPart(written.charCodeAt(written.length - 1));
    const after = end < text.length && isWordPart(text.charCodeAt(end));
    count++;
    written += `${before ? " " : ""}$${count}${after ? " " : ""}`;
  }
  return {
    text: written + text.slice(from),
    expected: count,
    style: count > 0 ? "question" : "none",
  };
}

/**
 * The parameters, once they are known to fit. Throws a `ParameterError` when their number differs from what
 * the text asks for, or when one is `undefined`. No message holds a parameter's value.
 */
export function bind(plan: PlaceholderPlan, params: readonly unknown[]): readonly unknown[] {
  const given = params.length;
  const expected = plan.expected ?? given;
  if (given !== expected) {
    throw new ParameterError(describe(plan, expected, given), expected, given);
  }
  for (let at = 0; at < given; at++) {
    if (params[at] === undefined) {
      const message = `Parameter ${at + 1} of ${given} is undefined: pass null for SQL's NULL`;
      throw new ParameterError(message, expected, given);
    }
  }
  return params;
}

function describe(plan: PlaceholderPlan, expected: number, given: number): string {
  const wants = expected === 0
    ? "The statement has no placeholder"
    : expected === 1
    ? "The statement has 1 placeholder"
    : `The statement has ${expected} placeholders`;
  const got = given === 1 ? "1 parameter was given" : `${given} parameters were given`;
  return `${wants}, but ${got}: ${advise(plan, expected, given)}`;
}

function advise(plan: PlaceholderPlan, expected: number, given: number): string {
  if (plan.style === "dollar") return `pass one parameter for each of $1 to $${expected}`;
  if (expected === 0) return "write ? or $1 where each one belongs, or pass none";
  const operator = given < expected
    ? "; write ?? for the operator ?, or number them $1, $2, …"
    : "";
  return `pass one parameter for each ?${operator}`;
}

/**
 * {@link analyse} and {@link bind} in one: the text and parameters as the dialect's driver wants them.
 * Throws what `bind` throws.
 */
export function bindPlaceholders(
  text: string,
  params: readonly unknown[],
  dialect: Dialect = "postgres",
): { readonly text: string; readonly params: readonly unknown[] } {
  const plan = analyse(text, dialect);
  return { text: plan.text, params: bind(plan, params) };
}
