/**
 * What calling a function means: the caller's own list first, then what is built in.
 *
 * @module
 */

import type { Dialect } from "../model/statement.ts";
import { effectOf } from "./effects.ts";
import type { Finding } from "./finding.ts";

/** The functions a caller named: last part of the name → the schemas named with it, or `undefined` for any. */
export type Listed = ReadonlyMap<string, ReadonlySet<string> | undefined>;

const NONE: Listed = new Map();

/** Lists are options and live as long as the object they were given to: each is read once, and not again if it is changed. */
const READ = new WeakMap<readonly string[], Listed>();

/** Reads a list of names such as `place_order`, `audit.note` or `"Audit"."Note"`. */
export function readList(names: readonly string[] | undefined): Listed {
  if (names === undefined || names.length === 0) return NONE;
  const known = READ.get(names);
  if (known !== undefined) return known;
  const listed = new Map<string, ReadonlySet<string> | undefined>();
  for (const name of names) {
    const parts = name.replaceAll(/["`\s]|\(.*$/g, "").toLowerCase().split(".");
    const last = parts.pop() ?? "";
    const schema = parts.pop();
    const before = listed.get(last);
    if (schema === undefined || (listed.has(last) && before === undefined)) {
      listed.set(last, undefined);
    } else listed.set(last, new Set(before).add(schema));
  }
  READ.set(names, listed);
  return listed;
}

/**
 * Whether a call may be one of the listed functions. An unqualified call of `audit.note` may be: the
 * search path decides, and it is not ours to see.
 */
export function isListed(listed: Listed, name: string, schema: string | undefined): boolean {
  if (listed.size === 0) return false;
  const last = name.toLowerCase();
  if (!listed.has(last)) return false;
  const schemas = listed.get(last);
  return schemas === undefined || schema === undefined || schemas.has(schema.toLowerCase());
}

/** What a call does besides giving a value; `undefined` when nothing is known against it. */
export function findEffect(
  name: string,
  schema: string | undefined,
  dialect: Dialect,
  writing: Listed,
): Finding | undefined {
  if (isListed(writing, name, schema)) {
    const because = `calls ${name}(), listed as writing`;
    return { intent: "write", leavesState: false, because, callsUnknown: true };
  }
  const effect = effectOf(name, dialect);
  return effect === undefined
    ? undefined
    : { ...effect, because: `calls ${name}(), which ${effect.because}` };
}
