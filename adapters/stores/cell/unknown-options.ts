/**
 * Options that nobody knows: most often a slip of the pen.
 *
 * @module
 */

import type { OptionProblem } from "../../../src/errors.ts";

/** One problem for each. The value of an option nobody knows may be anything, a password too: it is not shown. */
export function unknownOptions(
  given: object,
  known: readonly string[],
): readonly OptionProblem[] {
  return Object.keys(given).filter((key) => !known.includes(key)).map((key) => ({
    path: /^[\w$-]{1,40}$/.test(key) ? key : "(a key that is not shown)",
    value: "an unknown option",
    allowed: `one of ${known.join(", ")}`,
  }));
}
