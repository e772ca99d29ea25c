/**
 * Where the rows of each query inside a statement come from, and which unknown functions it calls.
 *
 * Functions that are not built in cannot be known. Rule: a query that reads some table is taken at its
 * word (`select st_distance(a, b) from places` reads; a replica refuses what writes after all, and
 * `writingFunctions` names what must not even be tried). A query that reads no table and calls an unknown
 * function is taken for a write: `select place_order($1)` is how procedures are called, and a read may
 * be run twice. A query is the statement itself, each branch of a UNION, each part of a WITH and each
 * subquery of FROM; a subquery inside an expression belongs to the query around it.
 *
 * @module
 */

import { type Finding, READS } from "./finding.ts";
import { isMark, isName, isWord, type Span, wordAt } from "./span.ts";

/** One pair of parentheses, or the statement itself. */
interface Scope {
  /** Whether it is a query of its own; otherwise what it holds counts for the scope around it. */
  readonly isQuery: boolean;
  /** The WITH name it defines. */
  readonly defines: string | undefined;
  /** Whether the branch being read, or one before it, reads a table. */
  readsTable: boolean;
  earlierReadsTable: boolean;
  unknownCall: string;
}

/** What was seen so far. It lives while one statement is read. */
export interface Sources {
  readonly scopes: Scope[];
  /** The names WITH has made, and whether what they stand for reads a table. */
  readonly made: Map<string, boolean>;
  hasWith: boolean;
  lastName: string | undefined;
}

/** Nothing was seen yet. */
export function begin(span: Span): Sources {
  const outermost = scope(true, undefined);
  outermost.readsTable = wordAt(span, span.from) === "table";
  return { scopes: [outermost], made: new Map(), hasWith: false, lastName: undefined };
}

function scope(isQuery: boolean, defines: string | undefined): Scope {
  return { isQuery, defines, readsTable: false, earlierReadsTable: false, unknownCall: "" };
}

/** Takes a parenthesis that opens at `at`. */
export function open(sources: Sources, span: Span, at: number): void {
  const defines = opensWithPart(span, at) ? sources.lastName : undefined;
  const first = span.tokens[at + 1];
  const query = /^(?:select|values|table|with)$/.test(wordAt(span, at + 1)) || isMark(first, "(");
  const inner = scope(query && (defines !== undefined || standsAlone(sources, span, at)), defines);
  inner.readsTable = isWord(first, "table");
  sources.scopes.push(inner);
}

/** Whether a query here is one of its own, and not part of an expression. */
function standsAlone(sources: Sources, span: Span, at: number): boolean {
  if (at === span.from || /^(?:from|join|union|except|intersect)$/.test(wordAt(span, at - 1))) {
    return true;
  }
  if (wordAt(span, at - 1) === "all") return isBranching(wordAt(span, at - 2));
  return isMark(span.tokens[at - 1], "(") && sources.scopes.at(-1)?.isQuery === true;
}

function opensWithPart(span: Span, at: number): boolean {
  const before = wordAt(span, at - 1);
  return before === "as" || before === "materialized";
}

/** Takes a closing parenthesis. */
export function close(sources: Sources): Finding {
  const inner = sources.scopes.length > 1 ? sources.scopes.pop() : undefined;
  const outer = sources.scopes.at(-1);
  if (inner === undefined || outer === undefined) return READS;
  const readsTable = inner.readsTable || inner.earlierReadsTable;
  if (inner.defines !== undefined) sources.made.set(inner.defines, readsTable);
  outer.readsTable ||= readsTable;
  if (inner.isQuery) return judge(inner);
  outer.unknownCall ||= inner.unknownCall;
  return READS;
}

/** Takes the end of the statement, with parentheses that were never closed. */
export function end(sources: Sources): Finding {
  while (sources.scopes.length > 1) {
    const found = close(sources);
    if (found !== READS) return found;
  }
  const [outermost] = sources.scopes;
  return outermost === undefined ? READS : judge(outermost);
}

function judge({ unknownCall, readsTable }: Scope): Finding {
  if (unknownCall === "" || readsTable) return READS;
  const because = `reads no table and calls ${unknownCall}(), which is not known to only read`;
  return { intent: "write", leavesState: false, because };
}

/** Takes a call of a function nobody knows. */
export function call(sources: Sources, name: string): void {
  const scope = sources.scopes.at(-1);
  if (scope !== undefined) scope.unknownCall ||= name;
}

/** Takes a word or a name: FROM and what follows it, UNION, WITH and its names. */
export function take(sources: Sources, span: Span, at: number): Finding {
  const word = wordAt(span, at);
  const scope = sources.scopes.at(-1);
  if (scope === undefined) return READS;
  if (word === "from" || word === "join") {
    scope.readsTable ||= namesTable(span, at + 1, sources.made);
  } else if (word === "with") sources.hasWith = true;
  else if (isBranching(word) && scope.isQuery) return branch(scope);
  else if (sources.hasWith && isWithName(span, at)) {
    sources.lastName = span.tokens[at]?.text ?? "";
    if (!sources.made.has(sources.lastName)) sources.made.set(sources.lastName, false);
  }
  return READS;
}

function isBranching(word: string): boolean {
  return word === "union" || word === "except" || word === "intersect";
}

function branch(scope: Scope): Finding {
  const found = judge(scope);
  scope.earlierReadsTable ||= scope.readsTable;
  scope.readsTable = false;
  scope.unknownCall = "";
  return found;
}

/** Whether FROM or JOIN is followed by a table, and not by a function, a subquery or a bare WITH name. */
function namesTable(span: Span, start: number, made: ReadonlyMap<string, boolean>): boolean {
  let at = start;
  while (wordAt(span, at) === "only" || wordAt(span, at) === "lateral") at++;
  const first = span.tokens[at];
  if (at >= span.to || first === undefined || !isName(first)) return false;
  let qualified = false;
  while (isMark(span.tokens[at + 1], ".") && isName(span.tokens[at + 2])) {
    at += 2;
    qualified = true;
  }
  if (isMark(span.tokens[at + 1], "(")) return false;
  return qualified || (made.get(first.text) ?? !isWord(first, "dual"));
}

/** Whether a name of a WITH, `name as (` or `name (column, …) as (`, stands here. */
function isWithName(span: Span, at: number): boolean {
  const before = span.tokens[at - 1];
  if (!isWord(before, "with") && !isWord(before, "recursive") && !isMark(before, ",")) return false;
  return isWord(span.tokens[at + 1], "as") || isMark(span.tokens[at + 1], "(");
}
