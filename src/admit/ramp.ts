/**
 * Slow start: an endpoint that came back gets its share of the load little by little. Its caches are
 * cold and its pool is empty, and all of its load at once may well send it away again (Envoy's
 * slow_start, HAProxy's slowstart).
 *
 * @module
 */

/** Where it begins: little, but enough to be noticed (Envoy's min_weight_percent: 10 %). */
const FIRST_SHARE = 0.1;

/** A ramp, as plain JSON. */
export interface Ramp {
  /** The clock's reading when the endpoint came back. */
  readonly startedAt: number;
  /** How long until it gets all of its share; 0: at once. */
  readonly overMs: number;
}

/** How much of its usual share the endpoint gets at `now`: from 0.1 in a straight line to 1. */
export function share(ramp: Ramp, now: number): number {
  if (isOver(ramp, now)) return 1;
  // A clock that went back gives no less than the first share.
  const passed = Math.max(0, now - ramp.startedAt) / ramp.overMs;
  return FIRST_SHARE + (1 - FIRST_SHARE) * passed;
}

/** Whether the endpoint is back for good. */
export function isOver(ramp: Ramp, now: number): boolean {
  return now - ramp.startedAt >= ramp.overMs;
}

/**
 * Whether one call may go there, with the share as its probability.
 *
 * @param draw a uniform draw from [0, 1)
 */
export function admitsByRamp(ramp: Ramp, now: number, draw: number): boolean {
  return draw < share(ramp, now);
}
