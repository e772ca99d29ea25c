/**
 * Writes parameters where the question marks of a text are.
 *
 * What is a mark and what is part of a string, a name or a comment is decided by MySQL's rules and by those of
 * Vitess, which reads the text first; where the two differ, nothing is sent.
 *
 * @module
 */

import { clientFailure } from "./failure.ts";
import { literalOf } from "./literal.ts";

/**
 * What is skipped, each as far as it reaches: strings and names (doubled quotes simply begin the next one),
 * comments (MySQL wants a blank or a control character after `--`), and what only Vitess takes for a comment
 * (`//`). The last two are a comment that is run and a mark.
 */
const PARTS =
  /'[^'\\]*(?:\\[^][^'\\]*)*(?:'|$)|"[^"\\]*(?:\\[^][^"\\]*)*(?:"|$)|`[^`]*(?:`|$)|(?:#|--(?=[\0- ]|$)|\/\/)[^\n]*|\/\*(?!!|M!)[^]*?(?:\*\/|$)|(?<odd>@@?(?:[\w$.\x80-\uffff]+['"`]|(?![\w$.\x80-\uffff`@])))|(?<runs>\/\*M?![^]*?(?:\*\/|$))|(?<mark>\?)/g;

/** After a mark: blanks and comments, and then the quote that would make one string of two. */
const QUOTE_AFTER = /(?:\s|#[^\n]*(?:\n|$)|--\s[^\n]*(?:\n|$)|\/\*(?!!|M!)[^]*?\*\/)*['"]/y;

/** Where a literal needs no blank to stand on its own. */
const STANDS_ALONE = " \t\r\n(),;=";

/** The text with each `?` replaced by its parameter's literal. Throws a `Failure` when it cannot be done safely. */
export function interpolate(text: string, params: readonly unknown[]): string {
  if (params.length === 0) return text;
  let written = "";
  let from = 0;
  let count = 0;
  for (const { index, groups, 0: part } of text.matchAll(PARTS)) {
    if (groups?.["runs"]?.includes("?") === true) {
      throw refused("A parameter inside a comment that is run, /*! … */, cannot be written safely");
    }
    if (groups?.["odd"] !== undefined) {
      throw refused(
        "Where the name behind @ begins or ends is not clear: write @name, and a blank behind it",
      );
    }
    if (groups?.["mark"] === undefined) continue;
    if (count === params.length) throw misfit(params.length);
    const literal = literalOf(params[count], ++count);
    const end = index + part.length;
    if (literal.endsWith("'") && isBeforeQuote(text, end)) {
      throw refused(
        "A parameter right before a quoted text would become one with it: write AS between",
      );
    }
    written += text.slice(from, index) + padded(text, index, literal);
    from = end;
  }
  if (count !== params.length) throw misfit(params.length);
  return written + text.slice(from);
}

/**
 * With blanks where it would grow together with its neighbours: `limit?`, `-?` with a negative number. Behind `--`
 * a blank would begin a comment, and what follows would not count: `delete from t where a > 5--? and b = 3`.
 */
function padded(text: string, at: number, literal: string): string {
  if (text.endsWith("--", at)) return `(${literal})`;
  const before = at === 0 || STANDS_ALONE.includes(text.charAt(at - 1)) ? "" : " ";
  const after = at + 1 >= text.length || STANDS_ALONE.includes(text.charAt(at + 1)) ? "" : " ";
  return before + literal + after;
}

function isBeforeQuote(text: string, at: number): boolean {
  QUOTE_AFTER.lastIndex = at;
  return QUOTE_AFTER.test(text);
}

function misfit(given: number): Error {
  return refused(
    `The text has not the ${given} placeholders it was given parameters for, as Vitess reads it. ` +
      "Is a ? inside a comment that begins with //?",
  );
}

function refused(message: string): Error {
  return clientFailure(`${message}. Nothing was sent`, "PARAMETER", "usable");
}
