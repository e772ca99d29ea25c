/**
 * Any of them.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import { drawByShare } from "./candidates.ts";
import type { Draw } from "./strategy.ts";
import { weightOf } from "./weight.ts";

/** Takes one by chance, each as likely as its weight says. */
export function random(candidates: readonly Member[], draw: Draw): Member {
  return drawByShare(candidates, draw.random, weightOf);
}
