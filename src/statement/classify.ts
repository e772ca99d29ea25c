/**
 * From a text to what running it may do.
 *
 * @module
 */

import type { Classification, Dialect } from "../model/statement.ts";
import type { Rules } from "./contents.ts";
import { add, outranks } from "./finding.ts";
import { readList } from "./function-rules.ts";
import { readStatement } from "./intent.ts";
import { splitStatements } from "./statements.ts";
import { tokenize } from "./tokens.ts";
import { notUnderstood, type Reading } from "./verbs.ts";

/** How a text is to be read. */
export interface ClassifyOptions {
  /** @default {"postgres"} */
  readonly dialect?: Dialect;
  /**
   * Functions of your own that write, with or without their schema, in any case: `place_order`,
   * `audit.note`. A statement that calls one is a write.
   */
  readonly writingFunctions?: readonly string[];
  /**
   * Functions of your own that only read. Needed only where a statement reads no table itself:
   * `select * from search_places($1)` is a write unless `search_places` is listed.
   */
  readonly readingFunctions?: readonly string[];
}

const EMPTY: Classification = {
  intent: "read",
  queryType: "other",
  statements: 0,
  leavesState: false,
  because: "",
};

/**
 * Says what running a text may do. In doubt it writes. Nothing is thrown: a text that cannot be read
 * (an open string or comment, an unknown statement) is `unknown`.
 *
 * - A text of several statements is what the gravest of them is (ddl over write over session over read);
 *   one that mixes transaction control with anything else is `unknown`.
 * - `read`: SELECT, VALUES, TABLE, WITH … in which nothing writes or locks, SHOW, EXPLAIN, COPY … TO
 *   STDOUT. Calls of built-in functions that write, act on the server, or hang on one connection or
 *   one server (sequences, advisory locks, settings, large objects, dblink, …) are not reads.
 * - Functions of your own cannot be known: a statement that reads a table as well is believed to read,
 *   one that reads none (`select place_order($1)`) is not. `writingFunctions` and `readingFunctions`
 *   say better.
 * - Linear in the text's length. The lexical rules are the servers' defaults; see `tokens.ts`.
 *
 * @example
 * ```ts
 * classify("with old as (delete from jobs returning id) select count(*) from old").intent; // "write"
 * classify("select * from accounts where id = $1 for update").because; // "locks the rows it reads"
 * classify("select note($1) from logs", { writingFunctions: ["audit.note"] }).intent; // "write"
 * ```
 */
export function classify(sql: string, options: ClassifyOptions = {}): Classification {
  const dialect = options.dialect ?? "postgres";
  const { tokens, complete } = tokenize(sql, dialect);
  const spans = splitStatements(tokens, dialect);
  if (!complete) {
    const reading = notUnderstood("ends inside a string, a quoted name or a comment");
    return { ...reading, statements: Math.max(1, spans.length) };
  }
  const rules: Rules = {
    dialect,
    writing: readList(options.writingFunctions),
    reading: readList(options.readingFunctions),
  };
  const [first, ...rest] = spans.map((span) => readStatement(span, rules));
  if (first === undefined) return EMPTY;
  return { ...rest.reduce(together, first), statements: spans.length };
}

/** Two statements of one text. The first of equal rank gives the query type. */
function together(one: Reading, other: Reading): Reading {
  const begins = one.intent === "transaction";
  if (begins !== (other.intent === "transaction")) {
    return notUnderstood("mixes transaction control with other statements");
  }
  const { queryType } = outranks(other.intent, one.intent) ? other : one;
  return { ...add(one, other), queryType };
}
