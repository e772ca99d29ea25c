/**
 * Smooth weighted round robin, nginx's: weights 5, 1, 1 give `a a b a c a a`, not `a a a a a b c`.
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
import type { Draw, Strategy } from "./strategy.ts";
import { usableWeight, weightOf } from "./weight.ts";

/**
 * Makes the strategy.
 *
 * @param weights weights by endpoint id that stand in for the endpoints' own; ids not in it keep theirs
 */
export function weightedRoundRobin(weights?: Readonly<Record<string, number>>): Strategy {
  if (weights === undefined) return (candidates) => pick(candidates, weightOf);
  const own: ReadonlyMap<string, number> = new Map(Object.entries(weights));
  const weigh = (member: Member): number => {
    const weight = own.get(member.endpoint.id);
    return weight === undefined ? weightOf(member) : usableWeight(weight);
  };
  return (candidates: readonly Member[], _draw: Draw) => pick(candidates, weigh);
}

function pick(candidates: readonly Member[], weigh: (member: Member) => number): Member {
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
