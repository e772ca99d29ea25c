/**
 * EXPLAIN only plans, unless it is told to ANALYZE: then it runs what it explains.
 *
 * @module
 */

import { inspect, type Rules } from "./contents.ts";
import { afterParenthesis, isMark, type Span, wordAt } from "./span.ts";
import type { Reading } from "./verbs.ts";

/** Reads an EXPLAIN; `readStatement` reads what is explained. */
export function readExplain(
  span: Span,
  rules: Rules,
  readStatement: (span: Span, rules: Rules) => Reading,
): Reading {
  const { at, runs } = rules.dialect === "mysql" ? readWords(span) : readOptions(span);
  const verb = wordAt(span, at);
  const planned: Reading = { intent: "read", queryType: "select", leavesState: false, because: "" };
  if (verb === "execute") {
    return {
      ...planned,
      intent: "session",
      because: "explains a statement prepared on its connection",
    };
  }
  const changes = /^(?:insert|replace|update|delete|merge)$/.test(verb);
  if (!runs && rules.dialect === "mysql") {
    // MySQL may run a subquery of FROM, and the functions in it, to plan (manual, 15.8.2).
    return changes ? planned : { ...planned, ...inspect({ ...span, from: at }, rules).finding };
  }
  if (!runs && (changes || /^(?:select|values|table|with)?$/.test(verb))) {
    const { finding } = inspect({ ...span, from: at }, rules);
    // PostgreSQL runs nothing, but it prepares for INTO's new table, and a standby refuses that with 25006.
    return finding.intent === "ddl" ? { ...planned, ...finding } : planned;
  }
  // An EXPLAIN cannot explain an EXPLAIN: refusing it here also bounds the nesting.
  const inner: Reading = verb === "explain" || verb === "describe" || verb === "desc"
    ? { ...planned, intent: "unknown", because: "explains itself", leavesState: true }
    : readStatement({ ...span, from: at }, rules);
  return inner.intent === "read"
    ? inner
    : { ...inner, because: `EXPLAIN ANALYZE: ${inner.because}` };
}

interface Options {
  /** Where the explained statement begins. */
  readonly at: number;
  readonly runs: boolean;
}

function readOptions(span: Span): Options {
  const open = span.from + 1;
  if (
    !isMark(span.tokens[open], "(") ||
    /^(?:select|values|table|with)?$/.test(firstInside(span, open))
  ) {
    return readWords(span);
  }
  const end = afterParenthesis(span, open);
  let runs = false;
  for (let at = open + 1; at < end; at++) {
    const token = span.tokens[at];
    // An option's name may be quoted too; an encoded one could spell anything.
    const named = token?.kind === "encoded" ||
      ((token?.kind === "word" || token?.kind === "quoted") && /^analy[sz]e$/.test(token.text));
    const value = span.tokens[at + 1];
    if (named && !(value?.kind !== "string" && /^(?:false|off|0)$/i.test(value?.text ?? ""))) {
      runs = true;
    }
  }
  return { at: end, runs };
}

function firstInside(span: Span, open: number): string {
  const token = span.tokens[open + 1];
  return token?.kind === "quoted" || token?.kind === "encoded" ? "option" : wordAt(span, open + 1);
}

/** PostgreSQL's old spelling without parentheses, and MySQL's. */
function readWords(span: Span): Options {
  let at = span.from + 1;
  let runs = false;
  while (/^(?:analy[sz]e|verbose|extended|partitions|format)$/.test(wordAt(span, at))) {
    const word = wordAt(span, at);
    if (word === "format") at += 2;
    runs ||= word.startsWith("analy");
    at++;
  }
  return { at, runs };
}
