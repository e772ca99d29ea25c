/**
 * Whoever is likely to answer first.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import { lowest } from "./candidates.ts";
import { cost } from "./load.ts";
import type { Draw } from "./strategy.ts";

/**
 * Takes the lowest peak answer time × (in flight + 1), over weight. Looks at every candidate, so it
 * finds the fastest; with many callers that is also where all of them go: then prefer `p2c`.
 */
export function responseTime(candidates: readonly Member[], draw: Draw): Member {
  return lowest(candidates, draw, cost);
}
