/**
 * In turn, by weight.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import { nextTurn } from "./smooth-turns.ts";
import type { Strategy } from "./strategy.ts";
import { usableWeight, weightOf } from "./weight.ts";

/**
 * Smooth weighted round robin.
 *
 * @param weights weights by endpoint id that stand in for the endpoints' own; ids not in it keep theirs
 */
export function weightedRoundRobin(weights?: Readonly<Record<string, number>>): Strategy {
  if (weights === undefined) return (candidates) => nextTurn(candidates, weightOf);
  const own: ReadonlyMap<string, number> = new Map(Object.entries(weights));
  const weigh = (member: Member): number => {
    const weight = own.get(member.endpoint.id);
    return weight === undefined ? weightOf(member) : usableWeight(weight);
  };
  return (candidates) => nextTurn(candidates, weigh);
}
