/**
 * What a connection asks its server on its own account.
 *
 * @module
 */

import type { Answer } from "../../../src/model/result.ts";

/** Runs a statement without parameters. Rejects with a `Failure`. */
export type Ask = (text: string, prepare: boolean) => Promise<Answer>;

/** The values in the order they were asked for: a transform of the caller's may have renamed them. */
export function firstRow({ rows: [row] }: Answer): readonly unknown[] {
  return Object.values(row ?? {});
}
