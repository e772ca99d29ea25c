/**
 * One reason why a text is more than a read, and how several of them add up.
 *
 * @module
 */

import type { Intent } from "../model/statement.ts";

/** What a part of a statement does. */
export interface Finding {
  readonly intent: Intent;
  readonly leavesState: boolean;
  /** In a few words; empty for a read. */
  readonly because: string;
  /** A function is called that is not known to only read. */
  readonly callsUnknown?: true;
}

/** Nothing was found. */
export const READS: Finding = { intent: "read", leavesState: false, because: "" };

const RANK: Readonly<Record<Intent, number>> = {
  read: 0,
  session: 1,
  write: 2,
  ddl: 3,
  transaction: 4,
  unknown: 5,
};

/** Which of two intents decides where a text that holds both may run. */
export function outranks(one: Intent, other: Intent): boolean {
  return RANK[one] > RANK[other];
}

/** A call that is believed to read, but not known to. */
export const CALLS_UNKNOWN: Finding = { ...READS, callsUnknown: true };

/** Both together: the graver intent with its reason, everything that is left behind, every doubt. */
export function add(one: Finding, other: Finding): Finding {
  const graver = outranks(other.intent, one.intent) ? other : one;
  const leavesState = one.leavesState || other.leavesState;
  const doubtful = one.callsUnknown === true || other.callsUnknown === true;
  if (graver.leavesState === leavesState && (graver.callsUnknown === true) === doubtful) {
    return graver;
  }
  return { ...graver, leavesState, ...(doubtful ? { callsUnknown: true } : {}) };
}
