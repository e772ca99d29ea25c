/**
 * Cuts a text into tokens by its dialect's lexical rules. It never throws and reads the text once.
 *
 * The rules assumed are the servers' defaults: PostgreSQL with `standard_conforming_strings` on (always
 * so since 19), MySQL with neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES.
 *
 * @module
 */

import type { Dialect } from "../model/statement.ts";
import { isDigit, isOddOperator, isOperator, isSpace, isWordPart, isWordStart } from "./chars.ts";
import {
  endOfComment,
  endOfDollarQuote,
  endOfEscaped,
  endOfLine,
  endOfNumber,
  endOfQuoted,
  endOfString,
  OPEN,
} from "./literals.ts";

/** What a token is. */
export type TokenKind =
  /** An unquoted name or keyword; its text is folded to lower case. */
  | "word"
  /** A quoted name; its text is what stands between the quotes. */
  | "quoted"
  /** `U&"…"`: a name whose spelling needs decoding; its text is left empty. */
  | "encoded"
  /** Any string literal; its text is left empty. */
  | "string"
  | "number"
  /** `$1` */
  | "param"
  /** MySQL's `@user` and `@@system` variables. */
  | "variable"
  | "operator"
  | "punctuation"
  /** The opening of MySQL's `/*! … *\/`, a comment that is run. */
  | "executable";

/** One token. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Its place in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** The tokens of a text, comments and blanks left out. */
export interface Tokens {
  readonly tokens: readonly Token[];
  /** False when the text ends inside a string, a quoted name or a comment; tokens stop there. */
  readonly complete: boolean;
}

/** Cuts a text into tokens. */
export function tokenize(text: string, dialect: Dialect): Tokens {
  const tokens: Token[] = [];
  // No database takes a NUL, and one that stopped reading there would run something else than we saw.
  if (text.includes("\0")) return { tokens, complete: false };
  const read = dialect === "mysql" ? readMysql : readPostgres;
  let at = skipBlank(text, 0, dialect);
  while (at !== OPEN && at < text.length) {
    const token = read(text, at);
    if (token === undefined) return { tokens, complete: false };
    tokens.push(token);
    at = skipBlank(text, token.end, dialect);
  }
  return { tokens, complete: at !== OPEN };
}

function skipBlank(text: string, start: number, dialect: Dialect): number {
  const postgres = dialect === "postgres";
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) at++;
    else if (code === 45 /* - */ && beginsLineComment(text, at, postgres)) {
      at = endOfLine(text, at, postgres);
    } else if (code === 35 /* # */ && !postgres) at = endOfLine(text, at, false);
    else if (code === 47 /* / */ && text.charCodeAt(at + 1) === 42 /* * */) {
      if (!postgres && isExecutable(text, at)) return at;
      at = endOfComment(text, at, postgres);
      if (at === OPEN) return OPEN;
    } else return at;
  }
  return at;
}

/** MySQL wants a blank, a control character or the end after the dashes: `5--1` is 6 there. */
function beginsLineComment(text: string, at: number, postgres: boolean): boolean {
  if (text.charCodeAt(at + 1) !== 45) return false;
  return postgres || at + 2 >= text.length || text.charCodeAt(at + 2) <= 32;
}

/** MySQL's `/*!` and MariaDB's `/*M!`. */
function isExecutable(text: string, at: number): boolean {
  return text.startsWith("!", at + 2) || text.startsWith("M!", at + 2);
}

function readPostgres(text: string, start: number): Token | undefined {
  const code = text.charCodeAt(start);
  const next = text.charCodeAt(start + 1);
  if (isWordStart(code)) {
    if (next === 39 /* ' */) {
      if (code === 69 || code === 101 /* E */) {
        return string(start, endOfString(text, start + 1, "escaped"));
      }
      if (isBits(code)) return string(start, endOfString(text, start + 1, "bits"));
    }
    if (next === 38 /* & */ && (code === 85 || code === 117) /* U */) {
      const quote = text.charAt(start + 2);
      if (quote === "'") return string(start, endOfString(text, start + 2, "standard"));
      if (quote === '"') return cut("encoded", start, endOfQuoted(text, start + 2, quote));
    }
    return word(text, start);
  }
  if (isDigit(code) || (code === 46 && isDigit(next))) {
    return token("number", text, start, endOfNumber(text, start));
  }
  if (code === 39 /* ' */) return string(start, endOfString(text, start, "standard"));
  if (code === 34 /* " */) return quoted(text, start, '"');
  if (code === 36 /* $ */) {
    if (isDigit(next)) return token("param", text, start, endOfDigits(text, start + 1));
    const end = endOfDollarQuote(text, start);
    return end === start ? token("punctuation", text, start, start + 1) : string(start, end);
  }
  if (isOperator(code)) return token("operator", text, start, endOfOperator(text, start));
  const pair = code === 58 /* : */ && (next === 58 || next === 61) || code === 46 && next === 46;
  return token("punctuation", text, start, start + (pair ? 2 : 1));
}

function readMysql(text: string, start: number): Token | undefined {
  const code = text.charCodeAt(start);
  const next = text.charCodeAt(start + 1);
  if (isDigit(code) || (code === 46 && isDigit(next))) {
    const end = endOfNumber(text, start);
    // A name may begin with a digit there, so `1st` is one.
    return isWordPart(text.charCodeAt(end)) ? word(text, start) : token("number", text, start, end);
  }
  if (isWordPart(code)) return word(text, start);
  if (code === 39 || code === 34 /* ' " */) return string(start, endOfEscaped(text, start));
  if (code === 96 /* ` */) return quoted(text, start, "`");
  if (code === 64 /* @ */) return variable(text, start);
  if (code === 47 && next === 42) {
    let end = text.indexOf("!", start) + 1;
    while (isDigit(text.charCodeAt(end))) end++;
    return token("executable", text, start, end);
  }
  const pair = code === 58 && next === 61 || code === 42 && next === 47; // := and the end of /*!
  const kind = isOperator(code) ? "operator" : "punctuation";
  return token(kind, text, start, start + (pair ? 2 : 1));
}

function variable(text: string, start: number): Token | undefined {
  let at = start + 1;
  if (text.charAt(at) === "@") at++;
  const mark = text.charAt(at);
  if (mark === "`") at = endOfQuoted(text, at, mark);
  else if (mark === "'" || mark === '"') at = endOfEscaped(text, at);
  else while (isWordPart(text.charCodeAt(at)) || text.charAt(at) === ".") at++;
  return at === OPEN ? undefined : token("variable", text, start, at);
}

/** PostgreSQL refuses a longer operator (NAMEDATALEN − 1). Looking no further keeps `+-+-+-…` linear. */
const MAX_OPERATOR_LENGTH = 63;

/**
 * PostgreSQL takes as many operator characters as it can, up to a comment; a trailing + or - belongs to
 * it only when one of `~!@#^&|`?%` is in it, so that `a=-1` works (manual, 4.1.3).
 */
function endOfOperator(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_OPERATOR_LENGTH);
  let end = start;
  let odd = false;
  while (end < limit && isOperator(text.charCodeAt(end))) {
    if (end > start && (text.startsWith("--", end) || text.startsWith("/*", end))) break;
    odd ||= isOddOperator(text.charCodeAt(end));
    end++;
  }
  while (!odd && end > start + 1 && isSign(text.charCodeAt(end - 1))) end--;
  return end;
}

function endOfDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

function word(text: string, start: number): Token {
  let end = start;
  let upper = false;
  let wide = false;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    // Mostly small letters, and a text's first character is already known to fit (MySQL: `.1a`).
    if (code >= 97 && code <= 122) continue;
    if (!isWordPart(code) && end > start) break;
    upper ||= code >= 65 && code <= 90;
    wide ||= code >= 128;
  }
  const name = text.slice(start, end);
  return { kind: "word", text: upper ? fold(name, wide) : name, start, end };
}

/** Only ASCII letters fold: beyond them `toLowerCase` would turn the Kelvin sign into a k. */
function fold(name: string, wide: boolean): string {
  return wide ? name.replace(/[A-Z]+/g, (part) => part.toLowerCase()) : name.toLowerCase();
}

function quoted(text: string, start: number, quote: string): Token | undefined {
  const end = endOfQuoted(text, start, quote);
  if (end === OPEN) return undefined;
  const inside = text.slice(start + 1, end - 1);
  const name = inside.includes(quote) ? inside.replaceAll(quote + quote, quote) : inside;
  return { kind: "quoted", text: name, start, end };
}

function string(start: number, end: number): Token | undefined {
  return cut("string", start, end);
}

function cut(kind: TokenKind, start: number, end: number): Token | undefined {
  return end === OPEN ? undefined : { kind, text: "", start, end };
}

function token(kind: TokenKind, text: string, start: number, end: number): Token {
  return { kind, text: text.slice(start, end), start, end };
}

/** B or X, before a quote. */
function isBits(code: number): boolean {
  return code === 66 || code === 98 || code === 88 || code === 120;
}

function isSign(code: number): boolean {
  return code === 43 || code === 45;
}
