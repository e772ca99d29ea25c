/**
 * The well ones more often.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import { drawByShare } from "./candidates.ts";
import type { Draw } from "./strategy.ts";
import { weightOf } from "./weight.ts";

/** The least score that counts, of 100: even the worst gets a call now and then, or it never recovers. */
const LEAST_SCORE = 1;

/** Takes one by chance, each as likely as its weight × its health score. */
export function healthBased(candidates: readonly Member[], draw: Draw): Member {
  return drawByShare(candidates, draw.random, weightTimesScore);
}

function weightTimesScore(member: Member): number {
  return weightOf(member) * Math.max(member.load.score, LEAST_SCORE);
}
