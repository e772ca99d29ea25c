/**
 * One after the other, whatever their weights.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";
import { nextTurn } from "./smooth-turns.ts";

/**
 * Takes the candidates in turn. Each candidate remembers its own turn: a shared counter modulo their
 * number would fall into step with the workload (a read, a write, a read …: always the same replica).
 */
export function roundRobin(candidates: readonly Member[]): Member {
  return nextTurn(candidates, equally);
}

function equally(): number {
  return 1;
}
