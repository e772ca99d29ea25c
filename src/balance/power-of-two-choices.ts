/**
 * The better of two taken by chance: nearly as even as looking at all of them, and callers that know
 * nothing of each other (isolates!) do not all run to the same one (Mitzenmacher 1996; Finagle's p2c
 * with peak EWMA).
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import { candidateAt, drawIndex } from "./candidates.ts";
import { cost } from "./load.ts";
import type { Draw } from "./strategy.ts";

/** Draws two different candidates and takes the one of the lower cost; the first drawn if equal. */
export function powerOfTwoChoices(candidates: readonly Member[], draw: Draw): Member {
  const count = candidates.length;
  if (count === 1) return candidateAt(candidates, 0);
  const i = drawIndex(draw.random, count);
  // Of two there is only one other: no need to draw it.
  const other = count === 2 ? 0 : drawIndex(draw.random, count - 1);
  const first = candidateAt(candidates, i);
  // The second draw is over the others; stepping past the first keeps them equally likely.
  const second = candidateAt(candidates, other >= i ? other + 1 : other);
  return cost(second, draw.now) < cost(first, draw.now) ? second : first;
}
