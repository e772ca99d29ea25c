/**
 * The strategies by name.
 *
 * @module
 */

import { healthBased } from "./health-based.ts";
import { leastConnections } from "./least-connections.ts";
import { powerOfTwoChoices } from "./power-of-two-choices.ts";
import { random } from "./random.ts";
import { responseTime } from "./response-time.ts";
import { roundRobin } from "./round-robin.ts";
import type { Strategy, StrategyName } from "./strategy.ts";
import { weightedRoundRobin } from "./weighted-round-robin.ts";

/** Every name, for messages. */
export const STRATEGY_NAMES: readonly StrategyName[] = [
  "p2c",
  "roundRobin",
  "weightedRoundRobin",
  "leastConnections",
  "random",
  "responseTime",
  "healthBased",
];

/**
 * The built-in strategy of a name.
 *
 * @param weights `weightedRoundRobin` only: weights by endpoint id, instead of the endpoints' own
 */
export function strategyFor(
  name: StrategyName,
  weights?: Readonly<Record<string, number>>,
): Strategy {
  switch (name) {
    case "roundRobin":
      return roundRobin;
    case "weightedRoundRobin":
      return weightedRoundRobin(weights);
    case "leastConnections":
      return leastConnections;
    case "random":
      return random;
    case "responseTime":
      return responseTime;
    case "healthBased":
      return healthBased;
    case "p2c":
      return powerOfTwoChoices;
    default:
      return name satisfies never;
  }
}
