/**
 * Whoever has least to do.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import { lowest } from "./candidates.ts";
import type { Draw } from "./strategy.ts";
import { weightOf } from "./weight.ts";

/** Takes the fewest attempts in flight over weight; among equals one by chance, by weight. */
export function leastConnections(candidates: readonly Member[], draw: Draw): Member {
  return lowest(candidates, draw, inFlightOverWeight);
}

function inFlightOverWeight(member: Member): number {
  return member.load.inFlight / weightOf(member);
}
