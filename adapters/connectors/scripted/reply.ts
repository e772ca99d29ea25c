/**
 * What a scripted endpoint says.
 *
 * @module
 */

import { Failure } from "../../../src/model/failure.ts";
import type { Answer } from "../../../src/model/result.ts";

/** What a scripted endpoint answers to a statement: an answer, a failure, or nothing for ever. */
export type Reply = Answer<never> | Failure | "silence";

/** An answer of the given rows. */
export function rows(...values: readonly Record<string, unknown>[]): Answer<never> {
  const names = Object.keys(values[0] ?? {});
  return {
    rows: values as never[],
    fields: names.map((name) => ({ name, type: 25 })),
    rowsAffected: 0,
  };
}

/** An answer to a command that changed so many rows. */
export function changed(rowsAffected: number): Answer<never> {
  return { rows: [], fields: [], rowsAffected };
}

/** The refusal of a write by a hot standby. */
export function readOnlyRefusal(): Failure {
  return new Failure({
    origin: "server",
    phase: "answering",
    code: "25006",
    message: "cannot execute INSERT in a read-only transaction",
    connection: "usable",
  });
}
