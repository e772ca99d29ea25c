/**
 * What a balancing strategy is: it picks one of several endpoints that may all serve the statement.
 *
 * @module
 */

import type { Random } from "../ports.ts";
import type { Member } from "../model/topology.ts";

/** What a strategy may draw on besides the candidates. One per holdfast, reused for every pick. */
export interface Draw {
  readonly random: Random;
  /** The clock's reading at this pick. */
  now: number;
  /** Counts picks: the drive moves it after each. For a strategy of one's own. */
  turn: number;
}

/**
 * Picks one candidate. `candidates` is never empty and every one of them may serve the statement.
 * A strategy keeps no state of its own: what it must remember is in `draw` and each candidate's `load`.
 */
export type Strategy = (candidates: readonly Member[], draw: Draw) => Member;

/** The built-in strategies by name. */
export type StrategyName =
  | "roundRobin"
  | "weightedRoundRobin"
  | "leastConnections"
  | "random"
  | "responseTime"
  | "healthBased"
  | "p2c";
