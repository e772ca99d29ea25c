/**
 * What contracts say "not so" with, in places that have no test framework: Deno, Bun, workerd, an edge runtime.
 */

/** Throws unless it holds. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`Not so: ${what}`);
}

/** Throws unless both are the same JSON. */
export function same(found: unknown, wanted: unknown, what: string): void {
  const [is, should] = [JSON.stringify(found), JSON.stringify(wanted)];
  check(is === should, `${what} is ${is}, should be ${should}`);
}
