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
    // Its query is not looked at: only a superuser's runs at all.
    const leavesState = isQuery;
    return {
      ...write(wordAt(span, at) === "from" ? "COPY … FROM" : "COPY … TO a place on the server"),
      leavesState,
    };
  }
  if (!isQuery) return { intent: "read", queryType: "copy", leavesState: false, because: "" };
  let first = source;
  while (first < at && isMark(span.tokens[first], "(")) first++;
  const { finding } = inspect({ ...span, from: source + 1, to: at - 1 }, rules);
  const understood = finding.intent !== "read" ||
    /^(?:select|values|table|with)$/.test(wordAt(span, first));
  return understood
    ? { ...finding, queryType: "copy" }
    : write("COPY of something that is not a query");
}

function write(because: string): Reading {
  return { intent: "write", queryType: "copy", leavesState: false, because };
}
