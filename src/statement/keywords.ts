/**
 * The few keywords whose place in an expression matters: what follows them, and what they end.
 *
 * @module
 */

/**
 * Keywords after which a value begins (PostgreSQL 18, `src/include/parser/kwlist.h`: reserved and
 * type-or-function keywords, with `between`, `by` and `values`, which are only used that way).
 */
const OPENING: ReadonlySet<string> = new Set(
  ("all and any array as asymmetric between both by case collate cross distinct else except fetch for " +
    "from full group having ilike in inner intersect into is join lateral leading left like limit " +
    "natural not offset on only or order outer overlaps placing returning right select similar some " +
    "symmetric table tablesample then to trailing union using values variadic when where window with")
    .split(" "),
);

/** Reserved keywords that are a value themselves or end one. */
const CLOSING: ReadonlySet<string> = new Set(
  ("asc current_catalog current_date current_role current_schema current_time current_timestamp " +
    "current_user default desc end false isnull localtime localtimestamp notnull null session_user " +
    "system_user true user")
    .split(" "),
);

/** Whether a value begins after this keyword. */
export function opensValue(word: string): boolean {
  return OPENING.has(word);
}

/** Whether this keyword is a value, or the end of one. */
export function closesValue(word: string): boolean {
  return CLOSING.has(word);
}
