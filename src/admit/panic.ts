/**
 * The two limits on taking endpoints out (DESIGN, law 7): how many at once, and when taking out does
 * more harm than good.
 *
 * @module
 */

/**
 * Whether so few are well that ejections are to be ignored. Below the threshold, what is left would be
 * pushed over by the load of the others, and what looks like many sick endpoints is more likely a
 * sick network in between, or a sick observer (Envoy's panic threshold and Finagle's: half).
 *
 * At the threshold there is no panic yet, and of no endpoints none is in panic. Both counts cover those
 * that could serve the same calls.
 *
 * @param thresholdRatio 0 (never) to 1 (as soon as one is not well)
 */
export function isPanic(healthy: number, total: number, thresholdRatio: number): boolean {
  return total > 0 && healthy / total < thresholdRatio;
}

/**
 * How many of `total` may be ejected at once: the ratio's share rounded down, but one of two and more,
 * since most have fewer replicas than a small ratio could take one of (Envoy's `always_eject_one_host`),
 * and never the last (Finagle).
 *
 * @param maxEjectedRatio 0 (none at all, not even that one) to 1
 */
export function ejectionsAllowed(total: number, maxEjectedRatio: number): number {
  if (total < 2 || !(maxEjectedRatio > 0)) return 0;
  return Math.min(total - 1, Math.max(1, share(total, maxEjectedRatio)));
}

/** ⌊total × ratio⌋ as people reckon it: 100 × 0.29 is 28.999999999999996 to a machine, 29 / 100 is 0.29. */
function share(total: number, ratio: number): number {
  const down = Math.floor(total * ratio);
  return (down + 1) / total <= ratio ? down + 1 : down;
}
