/**
 * Exponentially weighted means, by sample and by time.
 *
 * @module
 */

/**
 * The mean after one more sample.
 *
 * @param alpha the sample's share, 0 (ignored) to 1 (the mean is the last sample); MongoDB's server
 * selection smooths round-trip times with 0.2
 */
export function smooth(mean: number, sample: number, alpha: number): number {
  return mean + alpha * (sample - mean);
}

/**
 * How much of something stored at `storedAt` is left at `now`: 1 at once, 1/e after `tauMs`. A clock
 * that stands still or a reading from before `storedAt` leaves all of it.
 */
export function remaining(storedAt: number, now: number, tauMs: number): number {
  return now > storedAt ? Math.exp((storedAt - now) / tauMs) : 1;
}

/** A stored value as it stands at `now`, decaying towards 0; what is stored is not changed. */
export function decayed(value: number, storedAt: number, now: number, tauMs: number): number {
  return value * remaining(storedAt, now, tauMs);
}
