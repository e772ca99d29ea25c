/**
 * Ways of taking one of several candidates that more than one strategy uses.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import type { Random } from "../ports.ts";
import type { Draw } from "./strategy.ts";
import { weightOf } from "./weight.ts";

/**
 * The candidate at `index`.
 *
 * @throws {RangeError} when there is none: the caller broke the promise of {@link Strategy}
 */
export function candidateAt(candidates: readonly Member[], index: number): Member {
  const member = candidates[index];
  if (member === undefined) {
    throw new RangeError(`No candidate ${index} among ${candidates.length}`);
  }
  return member;
}

/** A whole number from 0 to `count − 1`, all equally likely. */
export function drawIndex(random: Random, count: number): number {
  return Math.floor(random() * count);
}

/** One candidate, each as likely as its share of all shares. Shares must be above 0. */
export function drawByShare(
  candidates: readonly Member[],
  random: Random,
  share: (member: Member) => number,
): Member {
  const last = candidateAt(candidates, candidates.length - 1);
  if (candidates.length === 1) return last;
  let sum = 0;
  for (const member of candidates) sum += share(member);
  let point = random() * sum;
  for (const member of candidates) {
    point -= share(member);
    if (point < 0) return member;
  }
  // Rounding may leave the point a hair past the end.
  return last;
}

/** The candidate of the lowest cost; among equals one by chance, each by its weight. */
export function lowest(
  candidates: readonly Member[],
  draw: Draw,
  cost: (member: Member, now: number) => number,
): Member {
  let best = candidateAt(candidates, 0);
  if (candidates.length === 1) return best;
  let bestCost = cost(best, draw.now);
  let equalWeight = weightOf(best);
  for (let i = 1; i < candidates.length; i++) {
    const member = candidateAt(candidates, i);
    const memberCost = cost(member, draw.now);
    if (memberCost > bestCost) continue;
    const weight = weightOf(member);
    if (memberCost < bestCost) {
      best = member;
      bestCost = memberCost;
      equalWeight = weight;
      continue;
    }
    // Reservoir sampling: one pass, no list of the equals.
    equalWeight += weight;
    if (draw.random() * equalWeight < weight) best = member;
  }
  return best;
}
