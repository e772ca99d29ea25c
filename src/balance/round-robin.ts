/**
 * One after the other, whatever their weights.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import { candidateAt } from "./candidates.ts";
import type { Draw } from "./strategy.ts";

/** Takes the candidates in turn. A choice of one is no turn, so that writes do not disturb reads. */
export function roundRobin(candidates: readonly Member[], draw: Draw): Member {
  if (candidates.length === 1) return candidateAt(candidates, 0);
  const index = draw.turn % candidates.length;
  draw.turn += 1;
  return candidateAt(candidates, index);
}
