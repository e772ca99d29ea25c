/**
 * What one statement is: its first word decides, and for what begins like a read its contents.
 *
 * @module
 */

import type { QueryType } from "../model/statement.ts";
import { inspect, isTemporary, type Rules } from "./contents.ts";
import { add, type Finding } from "./finding.ts";
import { readCopy } from "./copy.ts";
import { readExplain } from "./explain.ts";
import { isMark, isWord, type Span, wordAt } from "./span.ts";
import { notUnderstood, type Reading, readVerb } from "./verbs.ts";

/** Reads one statement. Never throws; what it does not understand is `unknown`. */
export function readStatement(span: Span, rules: Rules): Reading {
  const first = span.tokens[span.from];
  if (isMark(first, "(")) return readQuery(span, rules);
  if (first?.kind === "executable") return notUnderstood("begins with a comment that MySQL runs");
  if (first?.kind !== "word") return notUnderstood("does not begin with a known word");
  switch (first.text) {
    case "select":
    case "values":
    case "table":
    case "with":
      return readQuery(span, rules);
    case "insert":
    case "update":
    case "delete":
    case "merge":
      return readWrite(span, rules, first.text);
    case "replace":
      return rules.dialect === "mysql" ? readWrite(span, rules, "insert") : unknownWord(first.text);
    case "explain":
      return readExplain(span, rules, readStatement);
    case "describe":
    case "desc":
      return rules.dialect === "mysql"
        ? readExplain(span, rules, readStatement)
        : unknownWord(first.text);
    case "show":
      return readShow(span, rules);
    case "help":
      return rules.dialect === "mysql" ? LOOKS : unknownWord(first.text);
    case "copy":
      return rules.dialect === "postgres" ? readCopy(span, rules) : unknownWord(first.text);
    case "declare":
      return rules.dialect === "postgres" ? readDeclare(span) : unknownWord(first.text);
    default:
      return readOther(span, rules, first.text);
  }
}

const LOOKS: Reading = { intent: "read", queryType: "other", leavesState: false, because: "" };

function unknownWord(word: string): Reading {
  return notUnderstood(`begins with ${word.slice(0, 40).toUpperCase()}, which is not known`);
}

/** SELECT, VALUES, TABLE, WITH and a parenthesis before one of them. */
function readQuery(span: Span, rules: Rules): Reading {
  let at = span.from;
  while (at < span.to && isMark(span.tokens[at], "(")) at++;
  if (!/^(?:select|values|table|with)$/.test(wordAt(span, at))) {
    return notUnderstood("does not begin with a known word");
  }
  const { finding, verb } = inspect(span, rules);
  return { ...finding, queryType: queryTypeOf(verb) };
}

function queryTypeOf(verb: string): QueryType {
  switch (verb) {
    case "insert":
    case "update":
    case "delete":
    case "merge":
      return verb;
    case "replace":
      return "insert";
    default:
      return "select";
  }
}

function readWrite(
  span: Span,
  rules: Rules,
  queryType: "insert" | "update" | "delete" | "merge",
): Reading {
  const writes: Finding = { intent: "write", leavesState: false, because: queryType.toUpperCase() };
  const { finding } = inspect(span, rules);
  // The reason is the statement's own word; its contents only tell what is left on the connection.
  const grave = finding.intent === "unknown" ? add(writes, finding) : writes;
  const leavesState = finding.leavesState || writesSettings(span);
  const doubt = finding.callsUnknown === true ? { callsUnknown: true as const } : {};
  return { ...grave, ...doubt, leavesState, queryType };
}

/** `update pg_settings set setting = …` is a SET: the view has a rule for it. */
function writesSettings({ tokens, from, to }: Span): boolean {
  return tokens.slice(from, to).some((token) => {
    return token.kind !== "string" && token.text === "pg_settings";
  });
}

/** PostgreSQL shows a setting; MySQL shows many things, some of them the connection's own. */
function readShow(span: Span, rules: Rules): Reading {
  const rest = [wordAt(span, span.from + 1), wordAt(span, span.from + 2)];
  const own = rules.dialect === "mysql" &&
    (rest.some((word) => /^(?:warnings|errors|profiles?)$/.test(word)) || rest[0] === "count");
  if (!own) return LOOKS;
  return { ...LOOKS, intent: "session", because: "reads what its connection remembers" };
}

/** A cursor ends with its transaction, unless it is declared WITH HOLD. */
function readDeclare(span: Span): Reading {
  const holds = span.tokens.slice(span.from, span.to).some((token) => isWord(token, "hold"));
  return {
    intent: "session",
    queryType: "session",
    leavesState: holds,
    because: "opens a cursor on its connection",
  };
}

function readOther(span: Span, rules: Rules, word: string): Reading {
  const reading = readVerb(word, rules.dialect);
  if (reading === undefined) return unknownWord(word);
  const next = wordAt(span, span.from + 1);
  const third = wordAt(span, span.from + 2);
  switch (word) {
    case "create":
      return createsTemporary(span)
        ? { ...reading, leavesState: true, because: "makes something that lives on its connection" }
        : reading;
    case "prepare":
      return next === "transaction" ? TRANSACTION : reading;
    case "start":
      return next === "transaction" ? TRANSACTION : reading;
    case "drop":
      return next === "prepare" ? { ...reading, intent: "session", queryType: "session" } : reading;
    case "set":
      if (rules.dialect === "mysql") return reading;
      if (next === "local") {
        return { ...reading, leavesState: false, because: "sets for a transaction" };
      }
      return next === "constraints" || next === "transaction" ||
          next === "session" && third === "transaction"
        ? TRANSACTION
        : reading;
    default:
      return reading;
  }
}

const TRANSACTION: Reading = {
  intent: "transaction",
  queryType: "transaction",
  leavesState: false,
  because: "controls a transaction",
};

/** CREATE [OR REPLACE] [LOCAL] TEMP …, CREATE … pg_temp.name */
function createsTemporary(span: Span): boolean {
  const replaces = wordAt(span, span.from + 1) === "or" ? 2 : 0;
  if (isTemporary(span, span.from + 1 + replaces)) return true;
  return span.tokens.slice(span.from, span.to).some((token) =>
    token.kind === "encoded" || token.kind !== "string" && token.text.startsWith("pg_temp")
  );
}
