/**
 * Where strings, quoted names, dollar quotes, comments and numbers end. Every function takes the
 * position of the first character and returns the position after the last one, or {@link OPEN} when
 * the text ends before. Each reads its part of the text once, from left to right.
 *
 * Rules: PostgreSQL 18 manual, 4.1 "Lexical Structure", and `src/backend/parser/scan.l`; MySQL 8.4
 * manual, 11.1 "Literal Values", 11.2 "Schema Object Names", 11.7 "Comments".
 *
 * @module
 */

import { isDigit, isSpace, isWordPart, isWordStart } from "./chars.ts";

/** The text ends inside it. */
export const OPEN = -1;

const NEWLINE = 10;
const RETURN = 13;
const BACKSLASH = 92;
const DASH = 45;
const SLASH = 47;
const STAR = 42;
const DOLLAR = 36;
const DOT = 46;
const QUOTE = 39;

/** The end of a string or name in which only the doubled quote has a meaning. */
export function endOfQuoted(text: string, start: number, quote: string): number {
  const code = quote.charCodeAt(0);
  let at = text.indexOf(quote, start + 1);
  while (at >= 0) {
    if (text.charCodeAt(at + 1) !== code) return at + 1;
    at = text.indexOf(quote, at + 2);
  }
  return OPEN;
}

/** The end of a string in which a backslash takes the next character's meaning away. */
export function endOfEscaped(text: string, start: number): number {
  const quote = text.charCodeAt(start);
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === quote) {
      if (text.charCodeAt(at + 1) !== quote) return at + 1;
      at++;
    }
  }
  return OPEN;
}

/**
 * The end of a PostgreSQL string and all its continuations: two strings with a line break between them
 * are one, and the second follows the first one's rules (`E'a'⏎'\''` is one string).
 */
export function endOfString(text: string, start: number, rule: StringRule): number {
  let from = start;
  while (true) {
    const end = endOfOne(text, from, rule);
    if (end === OPEN) return OPEN;
    const next = continuation(text, end);
    if (next === OPEN) return end;
    from = next;
  }
}

/** `bits` are `B''` and `X''`, in which no quote can be written. */
export type StringRule = "standard" | "escaped" | "bits";

function endOfOne(text: string, start: number, rule: StringRule): number {
  if (rule === "standard") return endOfQuoted(text, start, "'");
  if (rule === "escaped") return endOfEscaped(text, start);
  const close = text.indexOf("'", start + 1);
  return close < 0 ? OPEN : close + 1;
}

function continuation(text: string, start: number): number {
  let broken = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || code === RETURN) broken = true;
    else if (code === DASH && text.charCodeAt(at + 1) === DASH) at = endOfLine(text, at, true) - 1;
    else if (!isSpace(code)) return broken && code === QUOTE ? at : OPEN;
  }
  return OPEN;
}

/**
 * The end of `$tag$…$tag$`; the start itself when no dollar quote begins here.
 */
export function endOfDollarQuote(text: string, start: number): number {
  let at = start + 1;
  if (isWordStart(text.charCodeAt(at))) {
    while (text.charCodeAt(at) !== DOLLAR && isWordPart(text.charCodeAt(at))) at++;
  }
  if (text.charCodeAt(at) !== DOLLAR) return start;
  const tag = text.slice(start, at + 1);
  const close = text.indexOf(tag, at + 1);
  return close < 0 ? OPEN : close + tag.length;
}

/** The end of a comment that ends with its line; a carriage return ends it in PostgreSQL only. */
export function endOfLine(text: string, start: number, atReturn: boolean): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || (atReturn && code === RETURN)) return at;
  }
  return text.length;
}

/** The end of a block comment. PostgreSQL's nest, MySQL's do not. */
export function endOfComment(text: string, start: number, nested: boolean): number {
  if (!nested) {
    const close = text.indexOf("*/", start + 2);
    return close < 0 ? OPEN : close + 2;
  }
  let depth = 1;
  for (let at = start + 2; at < text.length - 1; at++) {
    const code = text.charCodeAt(at);
    const next = text.charCodeAt(at + 1);
    if (code === STAR && next === SLASH) {
      at++;
      if (--depth === 0) return at + 1;
    } else if (code === SLASH && next === STAR) {
      at++;
      depth++;
    }
  }
  return OPEN;
}

/** The end of a number: `1`, `1.5e-3`, `.5`, `0x1F`, `1_000`. In `1..2` it is the first digit's end. */
export function endOfNumber(text: string, start: number): number {
  let at = endOfDigits(text, start);
  const next = text.charCodeAt(at) | 32;
  if (
    at === start + 1 && text.charCodeAt(start) === 48 &&
    (next === 120 || next === 111 || next === 98)
  ) {
    at++;
    while (/[0-9a-f_]/i.test(text.charAt(at))) at++;
    return at;
  }
  if (text.charCodeAt(at) === DOT && text.charCodeAt(at + 1) !== DOT) {
    at = endOfDigits(text, at + 1);
  }
  if ((text.charCodeAt(at) | 32) === 101 /* e */) {
    const sign = text.charAt(at + 1) === "+" || text.charAt(at + 1) === "-" ? 1 : 0;
    if (isDigit(text.charCodeAt(at + 1 + sign))) at = endOfDigits(text, at + 1 + sign);
  }
  return at;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at)) || text.charAt(at) === "_") at++;
  return at;
}
