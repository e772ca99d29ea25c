/**
 * The ways a statement can take; what `run` answers must be the same on each.
 *
 * @module
 */

import type { PostgresOptions } from "../../../../adapters/connectors/postgres/mod.ts";

/** Options that lead a statement each way. */
export const WAYS: readonly (readonly [string, Omit<PostgresOptions, "url">])[] = [
  ["the fast way", {}],
  // A transform, even one that does nothing, is postgres.js's business.
  ["by postgres.js", { transform: {} }],
  ["unprepared", { prepare: false }],
];
