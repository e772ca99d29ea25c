/**
 * The `sql` tag: text and values kept apart until they are rendered for a dialect.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Dialect } from "../model/statement.ts";
import { isWordPart } from "./chars.ts";

/** Two copies of the package know each other's fragments by it; nothing parsed from JSON can have it. */
const FRAGMENT: symbol = Symbol.for("holdfast.sql");

/** A piece of SQL. Immutable. */
export interface SqlFragment {
  readonly kind: "text" | "identifier";
  /** Text between the values, one more than there are values; of an identifier, its names. */
  readonly parts: readonly string[];
  /** Fragments nest; anything else is a parameter. */
  readonly values: readonly unknown[];
}

/** The `sql` tag and what goes with it. */
export interface SqlTag {
  /**
   * Makes a fragment of a template. A value that is a fragment becomes part of the text, every other value
   * becomes a parameter. A `?` in the text is never a placeholder beside a value: it stays an operator.
   *
   * Throws a `UsageError` when it is called as a plain function, because the text would not be safe.
   */
  (strings: TemplateStringsArray, ...values: readonly unknown[]): SqlFragment;
  /**
   * A quoted name, `sql.identifier("app", "users")` → `"app"."users"`, in the dialect's own quotes.
   * Throws a `UsageError` without a name, or for a name that is empty or holds a NUL.
   */
  readonly identifier: (...names: readonly string[]) => SqlFragment;
  /**
   * Fragments or parameters with something between them; nothing when the list is empty.
   * @default separator {", "}
   */
  readonly join: (items: readonly unknown[], separator?: SqlFragment) => SqlFragment;
  /**
   * Text as it is. **Never** pass anything that came from outside: nothing is quoted or checked. It must
   * hold no placeholder.
   */
  readonly raw: (text: string) => SqlFragment;
  /** Nothing: for the other branch of a condition. */
  readonly empty: SqlFragment;
}

/** Whether a value is a fragment, also one from another copy of the package. */
export function isSqlFragment(value: unknown): value is SqlFragment {
  return typeof value === "object" && value !== null && FRAGMENT in value;
}

function tag(strings: TemplateStringsArray, ...values: readonly unknown[]): SqlFragment {
  if (!Array.isArray(strings) || !Object.hasOwn(strings, "raw")) {
    throw new UsageError("sql is a template tag: write sql`…${value}…`, not sql(…)");
  }
  return fragment(strings.map(checkedText), values);
}

/** A template with a malformed escape such as `\u` has no text at all. */
function checkedText(text: unknown): string {
  if (typeof text === "string") return text;
  throw new UsageError("The text of an SQL fragment is not a string, or holds a malformed escape");
}

function identifier(...names: readonly string[]): SqlFragment {
  const usable = names.length > 0 &&
    names.every((name) => typeof name === "string" && name !== "" && !name.includes("\0"));
  if (!usable) {
    throw new UsageError(
      "sql.identifier wants one or more names, none of them empty or with a NUL",
    );
  }
  return fragment(names, [], "identifier");
}

function join(items: readonly unknown[], separator?: SqlFragment): SqlFragment {
  if (items.length === 0) return sql.empty;
  if (separator !== undefined && !isSqlFragment(separator)) {
    throw new UsageError("The separator of sql.join is a fragment: write sql` and `");
  }
  if (separator === undefined) {
    return fragment(["", ...items.slice(1).map(() => ", "), ""], items);
  }
  const values = items.flatMap((item, at) => at === 0 ? [item] : [separator, item]);
  return fragment(["", ...values.map(() => "")], values);
}

function fragment(
  parts: readonly string[],
  values: readonly unknown[],
  kind: "text" | "identifier" = "text",
): SqlFragment {
  return Object.freeze({
    [FRAGMENT]: true,
    kind,
    parts: Object.freeze([...parts]),
    values: Object.freeze([...values]),
  });
}

/**
 * Makes a fragment of a template.
 *
 * @example
 * ```ts
 * const mine = sql`owner = ${userId}`;
 * await db.query(sql`select * from ${sql.identifier("notes")} where ${mine} limit ${10}`);
 * ```
 */
// Below the functions: esbuild's `keepNames`, which wrangler sets, defines the name of each right behind it, and
// cannot once it is frozen.
export const sql: SqlTag = Object.freeze(
  Object.assign(tag, {
    identifier,
    join,
    raw: (text: string): SqlFragment => fragment([checkedText(text)], []),
    empty: fragment([""], []),
  }),
);

/** Where rendering stands in one fragment of the nest. */
interface Place {
  readonly of: SqlFragment;
  next: number;
}

/**
 * The text and its parameters as the dialect wants them: `$1`, `$2`, … or `?`. Throws a `UsageError` for a
 * fragment that holds itself, which only a forged one can.
 */
export function render(
  whole: SqlFragment,
  dialect: Dialect,
): { readonly text: string; readonly params: readonly unknown[] } {
  const params: unknown[] = [];
  const open: Place[] = [{ of: whole, next: 0 }];
  let text = "";
  let afterNumber = false;
  const write = (part: string): void => {
    if (part === "") return;
    // `${limit}0` would ask for the tenth parameter.
    text += afterNumber && isWordPart(part.charCodeAt(0)) ? ` ${part}` : part;
    afterNumber = false;
  };
  for (let place = open.at(-1); place !== undefined; place = open.at(-1)) {
    const { of: { parts, values, kind }, next } = place;
    if (kind === "identifier") write(parts.map((name) => quote(name, dialect)).join("."));
    else write(parts[next] ?? "");
    place.next++;
    if (kind === "identifier" || next >= values.length) {
      open.pop();
      continue;
    }
    const value = values[next];
    if (isSqlFragment(value)) {
      if (open.length >= MAX_DEPTH) {
        throw new UsageError(`SQL fragments nest deeper than ${MAX_DEPTH}`);
      }
      open.push({ of: value, next: 0 });
    } else {
      params.push(value);
      if (dialect === "mysql") text += "?";
      else {
        const glued = text !== "" && isWordPart(text.charCodeAt(text.length - 1));
        text += `${glued ? " " : ""}$${params.length}`;
        afterNumber = true;
      }
    }
  }
  return { text, params };
}

/** Deep enough for any list built in a loop; a bound all the same. */
const MAX_DEPTH = 100_000;

function quote(name: string, dialect: Dialect): string {
  return dialect === "mysql"
    ? `\`${name.replaceAll("`", "``")}\``
    : `"${name.replaceAll('"', '""')}"`;
}
