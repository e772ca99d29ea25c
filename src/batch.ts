/**
 * What people hand over as a batch, brought to texts with parameters.
 *
 * @module
 */

import type { Core } from "./drive/core.ts";
import { OptionError } from "./errors.ts";
import type { BoundText } from "./model/transaction.ts";
import { spell, type Sql } from "./spell.ts";

/** A statement of a batch: a text without parameters, a fragment made by the `sql` tag, or a text with its parameters. */
export type BatchStatement = Sql | {
  readonly text: string;
  readonly params?: readonly unknown[];
};

/** More than that is a bulk load: `insert … select from unnest(…)` or `COPY` do it better. Ours. */
export const MAX_STATEMENTS = 1_000;

/** Throws an `OptionError`. */
export function readBatch(core: Core, statements: readonly BatchStatement[]): BoundText[] {
  const isList = Array.isArray(statements);
  if (!isList || statements.length === 0 || statements.length > MAX_STATEMENTS) {
    const value = isList
      ? `a list of ${statements.length}`
      : `a value of type ${typeof statements}`;
    const allowed = `a list of 1 to ${MAX_STATEMENTS} statements`;
    throw new OptionError([{ path: "statements", value, allowed }]);
  }
  return statements.map((one: BatchStatement) =>
    isBound(one) ? spell(core, one.text, one.params) : spell(core, one, undefined)
  );
}

function isBound(one: BatchStatement): one is Exclude<BatchStatement, Sql> {
  return typeof one === "object" && one !== null && "text" in one && typeof one.text === "string";
}
