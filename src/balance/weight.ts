/**
 * What an endpoint's weight is to a strategy.
 *
 * @module
 */

import type { Member } from "../model/topology.ts";

/**
 * Weight 0 means "standby only". Routing hands standbys over apart from the others, so a strategy
 * either sees none or nothing but them; as one tiny number they are equals among themselves, and
 * should someone mix them in after all, they practically never win.
 */
const STANDBY_WEIGHT = 1e-9;

/** A weight every strategy can divide by. */
export function usableWeight(weight: number): number {
  return weight > 0 ? weight : STANDBY_WEIGHT;
}

/** The declared weight of a candidate, never 0. */
export function weightOf(member: Member): number {
  return usableWeight(member.endpoint.weight);
}
