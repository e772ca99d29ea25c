/**
 * COPY reads only when it copies rows to the client, and then what the rows come from decides.
 *
 * @module
 */

import { inspect, type Rules } from "./contents.ts";
import { afterParenthesis, isMark, type Span, wordAt } from "./span.ts";
import type { Reading } from "./verbs.ts";

/** Reads PostgreSQL's `COPY table (columns) | (query) TO | FROM …`. */
export function readCopy(span: Span, rules: Rules): Reading {
  const source = span.from + 1;
  const isQuery = isMark(span.tokens[source], "(");
  let at = source;
  while (at < span.to && !/^(?:to|from)$/.test(wordAt(span, at))) {
    at = isMark(span.tokens[at], "(") ? afterParenthesis(span, at) : at + 1;
  }
  const toClient = wordAt(span, at) === "to" && wordAt(span, at + 1) === "stdout";
  if (!toClient) {
    return write(wordAt(span, at) === "from" ? "COPY … FROM" : "COPY … TO a place on the server");
  }
  if (!isQuery) return { intent: "read", queryType: "copy", leavesState: false, because: "" };
  const { finding, verb } = inspect({ ...span, from: source + 1, to: at - 1 }, rules);
  const queries = verb === "select" || verb === "values" || verb === "table" ||
    finding.intent !== "read";
  return queries
    ? { ...finding, queryType: "copy" }
    : write("COPY of something that is not a query");
}

function write(because: string): Reading {
  return { intent: "write", queryType: "copy", leavesState: false, because };
}
