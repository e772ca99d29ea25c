/**
 * An endpoint's health in one number.
 *
 * @module
 */

import type { CircuitPhase } from "../model/event.ts";

/** Fewer calls than this prove little: one failure in one call is not a health of 0. */
const ENOUGH_CALLS = 5;
/** What an endpoint on trial is worth: something, but less than any that works. */
const ON_TRIAL = 25;

/**
 * 0 (dead) to 100 (well): 0 with an open or isolated circuit, at most 25 on trial, otherwise the share
 * of calls in the circuit's window that the endpoint did not fail, with a slow call counting half.
 */
export function score(
  phase: CircuitPhase,
  window: { readonly calls: number; readonly failures: number; readonly slow: number },
): number {
  if (phase === "open" || phase === "isolated") return 0;
  const lost = (window.failures + window.slow / 2) / Math.max(window.calls, ENOUGH_CALLS);
  const share = Math.round(100 * (1 - Math.min(1, lost)));
  return phase === "halfOpen" ? Math.min(ON_TRIAL, share) : share;
}
