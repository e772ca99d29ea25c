/**
 * Taking turns by running credit, nginx's smooth weighted round robin: weights 5, 1, 1 give
 * `a a b a c a a`, not `a a a a a b c`.
 *
 * Every pick gives each candidate its weight as credit, takes the richest and makes it pay all that
 * was given out. Only differences of credit decide and every pick leaves the sum as it was; so a
 * candidate that is away for a while (its circuit open) comes back with the few turns it was owed when
 * it left, never with a backlog, and a new one starts at 0, in the middle.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import { candidateAt } from "./candidates.ts";

/** Whose turn it is. A choice of one is nobody's turn, so that writes do not disturb the reads' order. */
export function nextTurn(
  candidates: readonly Member[],
  weigh: (member: Member) => number,
): Member {
  let richest = candidateAt(candidates, 0);
  if (candidates.length === 1) return richest;
  let given = 0;
  for (const member of candidates) {
    const weight = weigh(member);
    member.load.credit += weight;
    given += weight;
    if (member.load.credit > richest.load.credit) richest = member;
  }
  richest.load.credit -= given;
  return richest;
}
