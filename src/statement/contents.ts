/**
 * What stands inside a statement that begins like a read: writing parts, locks, calls.
 *
 * @module
 */

import type { Dialect } from "../model/statement.ts";
import { add, CALLS_UNKNOWN, type Finding, READS } from "./finding.ts";
import { findEffect, isListed, type Listed } from "./function-rules.ts";
import { closesValue, opensValue } from "./keywords.ts";
import { isKnown } from "./known-functions.ts";
import { afterParenthesis, isMark, isName, isWord, type Span, wordAt } from "./span.ts";
import { begin, call, close, end, open, take } from "./sources.ts";
import type { Token } from "./tokens.ts";

/** What the caller says about statements. */
export interface Rules {
  readonly dialect: Dialect;
  readonly writing: Listed;
  readonly reading: Listed;
}

/** What a statement holds. */
export interface Contents {
  readonly finding: Finding;
  /** The verb of the statement itself, after its WITH: `select`, `insert`, … */
  readonly verb: string;
}

const VERBS: ReadonlySet<string> = new Set(
  ["select", "values", "table", "insert", "update", "delete", "merge", "replace"],
);

/** Reads a statement's tokens once. */
export function inspect(span: Span, rules: Rules): Contents {
  const { tokens, from, to } = span;
  const sources = begin(span);
  let finding = READS;
  let verb = "";
  for (let at = from; at < to; at++) {
    const token = tokens[at];
    if (token === undefined) break;
    switch (token.kind) {
      case "word":
        if (isMark(tokens[at - 1], ".")) break;
        if (VERBS.has(token.text)) {
          if (verb === "" && sources.scopes.length === 1) verb = token.text;
          if (writes(span, at, rules.dialect)) finding = add(finding, verbFinding(token.text));
        } else finding = add(finding, findClause(span, at, rules.dialect));
        finding = add(finding, take(sources, span, at));
        break;
      case "quoted":
        finding = add(finding, take(sources, span, at));
        break;
      case "punctuation":
        if (token.text === "(") open(sources, span, at);
        else if (token.text === ")") finding = add(finding, close(sources));
        else if (token.text === ":=" && rules.dialect === "mysql") finding = add(finding, ASSIGNS);
        break;
      case "variable":
        if (!token.text.startsWith("@@")) finding = add(finding, VARIABLE);
        break;
      case "executable":
        finding = add(finding, EXECUTABLE);
        break;
      case "encoded":
      case "operator":
      case "string":
      case "number":
      case "param":
        break;
      default:
        return unreachable(token.kind);
    }
    if (isMark(tokens[at + 1], "(") && at + 1 < to && isName(token)) {
      const called = findCall(span, at, rules);
      if (typeof called === "object") finding = add(finding, called);
      else if (called !== "") {
        call(sources, called);
        finding = add(finding, CALLS_UNKNOWN);
      }
    }
  }
  return { finding: add(finding, end(sources)), verb };
}

const ASSIGNS: Finding = session("sets a variable of its connection", true);
const VARIABLE: Finding = session("uses a variable of its connection", false);
const EXECUTABLE: Finding = {
  intent: "unknown",
  leavesState: true,
  because: "holds a comment that MySQL runs, depending on its version",
};

function session(because: string, leavesState: boolean): Finding {
  return { intent: "session", leavesState, because };
}

function writing(because: string): Finding {
  return { intent: "write", leavesState: false, because };
}

function verbFinding(verb: string): Finding {
  return writing(`contains ${verb.toUpperCase()}`);
}

/**
 * Whether the word begins a writing part. PostgreSQL lets columns be called `delete`, so the word that
 * must follow is asked for; in MySQL these words are reserved, but INSERT() and REPLACE() are functions.
 */
function writes(span: Span, at: number, dialect: Dialect): boolean {
  const word = wordAt(span, at);
  const next = span.tokens[at + 1];
  if (word === "select" || word === "values" || word === "table") return false;
  if (dialect === "mysql") return !isMark(next, "(") && !isWord(span.tokens[at - 1], "for");
  // A part begins after a parenthesis or a WITH; after AS it can only be a column's new name.
  if (isWord(span.tokens[at - 1], "as")) return false;
  if (word === "insert" || word === "merge") return isWord(next, "into");
  if (word === "delete") return isWord(next, "from");
  if (word !== "update" || isWord(span.tokens[at - 1], "for")) return false;
  if (!isName(next)) return false;
  return next?.kind !== "word" || MAY_BE_TABLES.has(next.text) || !isReserved(next);
}

/** Keywords that stand in `keywords.ts` for their place in an expression, and that a table may be called. */
const MAY_BE_TABLES: ReadonlySet<string> = new Set(["only", "values", "between", "by"]);

function isReserved(token: Token): boolean {
  return opensValue(token.text) || closesValue(token.text);
}

/** Locks and INTO. */
function findClause(span: Span, at: number, dialect: Dialect): Finding {
  const word = wordAt(span, at);
  if (word === "for") {
    const next = wordAt(span, at + 1);
    const beyond = wordAt(span, at + 2);
    const locks = next === "update" || next === "share" || next === "key" && beyond === "share" ||
      next === "no" && beyond === "key";
    if (locks) return writing("locks the rows it reads");
  }
  if (word === "lock" && dialect === "mysql" && wordAt(span, at + 1) === "in") {
    return writing("locks the rows it reads");
  }
  if (word !== "into") return READS;
  if (dialect === "mysql") {
    return span.tokens[at + 1]?.kind === "variable" ? ASSIGNS : writing("contains INTO");
  }
  const before = wordAt(span, at - 1);
  if (before === "insert" || before === "merge") return READS;
  return {
    intent: "ddl",
    leavesState: isTemporary(span, at + 1),
    because: "SELECT INTO makes a table",
  };
}

/** Whether a new table's name, here, says that it lives on its connection. */
export function isTemporary(span: Span, at: number): boolean {
  const place = wordAt(span, at) === "local" || wordAt(span, at) === "global" ? at + 1 : at;
  const token = span.tokens[place];
  if (isWord(token, "temp") || isWord(token, "temporary")) return true;
  // `pg_temp`, and its long spelling `pg_temp_3`; with encoded names we cannot tell.
  return isName(token) && (token?.text.startsWith("pg_temp") === true || token?.kind === "encoded");
}

/** What the call at a name does; the name when that is not known; empty when there is no call. */
function findCall(span: Span, at: number, rules: Rules): Finding | string {
  const token = span.tokens[at];
  if (token === undefined) return "";
  if (token.kind === "encoded") return writing("calls a function whose name is encoded");
  const name = token.text;
  const qualified = isMark(span.tokens[at - 1], ".");
  if (!qualified && token.kind === "word" && isReserved(token)) return "";
  const schema = qualified ? span.tokens[at - 2]?.text : undefined;
  if (isListed(rules.reading, name, schema)) return "";
  const effect = findEffect(name, schema, rules.dialect, rules.writing);
  if (effect !== undefined) {
    return name === "set_config" && isLocal(span, at + 1)
      ? { ...effect, leavesState: false }
      : effect;
  }
  const own = schema !== undefined && schema !== "pg_catalog" && schema !== "information_schema";
  if (!own && isKnown(name, rules.dialect)) return "";
  return isNoCall(span, at, qualified) ? "" : name;
}

/** How far a closing parenthesis is looked for: calls in calls in calls would make it quadratic. */
const MAX_ARGUMENT_TOKENS = 100;

/** `set_config(…, …, true)` ends with the transaction; anything but a plain `true` may not. */
function isLocal(span: Span, open: number): boolean {
  const near = { ...span, to: Math.min(span.to, open + MAX_ARGUMENT_TOKENS) };
  const end = afterParenthesis(near, open);
  const last = end - 2;
  return isMark(span.tokens[end - 1], ")") && isWord(span.tokens[last], "true") &&
    isMark(span.tokens[last - 1], ",");
}

/** Whether `name (` is no call: a type, an alias with columns (`from f() as t (a, b)`), a WITH's name. */
function isNoCall(span: Span, at: number, qualified: boolean): boolean {
  if (qualified) return false;
  const before = span.tokens[at - 1];
  if (isMark(before, "::") || isWord(before, "as") || isMark(before, ")")) return true;
  if (before?.kind === "quoted") return true;
  if (before?.kind === "word" && at > span.from && !opensValue(before.text)) return true;
  let close = at + 2;
  while (close < span.to && (isName(span.tokens[close]) || isMark(span.tokens[close], ","))) {
    close++;
  }
  return isMark(span.tokens[close], ")") && isWord(span.tokens[close + 1], "as") &&
    (isMark(span.tokens[close + 2], "(") || /^(?:not|materialized)$/.test(wordAt(span, close + 2)));
}

function unreachable(kind: never): never {
  throw new TypeError(`Not a kind of token: ${String(kind)}`);
}
