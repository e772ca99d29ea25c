/**
 * The two ways to write a statement, brought to one: text and parameters.
 *
 * @module
 */

import type { Core } from "./drive/core.ts";
import { OptionError } from "./errors.ts";
import { Inspector } from "./options/inspector.ts";
import { isSqlFragment, render, type SqlFragment } from "./statement/sql-tag.ts";

/** SQL as text with parameters, or as a fragment made by the `sql` tag, which brings its own. */
export type Sql = string | SqlFragment;

const NO_PARAMS: readonly unknown[] = [];

/** Throws an `OptionError` when it is neither. */
export function spell(
  core: Core,
  statement: Sql,
  params: readonly unknown[] | undefined,
): { readonly text: string; readonly params: readonly unknown[] } {
  if (typeof statement !== "string") return spellFragment(core, statement, params);
  if (params === undefined) return { text: statement, params: NO_PARAMS };
  if (!Array.isArray(params)) refuseParams(params, "a list: one value for each placeholder");
  return { text: statement, params };
}

function spellFragment(
  core: Core,
  statement: unknown,
  params: readonly unknown[] | undefined,
): { readonly text: string; readonly params: readonly unknown[] } {
  const inspector = new Inspector();
  if (!isSqlFragment(statement)) {
    inspector.refuse("statement", statement, "a text, or a fragment made by the sql tag");
  } else if (params !== undefined) {
    refuseParams(params, "nothing: a fragment brings its own parameters");
  } else {
    return render(statement, core.dialect);
  }
  inspector.finish();
  return { text: "", params: NO_PARAMS };
}

/** A parameter is data: what it is like is told, never what it is. */
function refuseParams(params: unknown, allowed: string): never {
  const value = Array.isArray(params) ? "a list" : `a value of type ${typeof params}`;
  throw new OptionError([{ path: "params", value, allowed }]);
}
