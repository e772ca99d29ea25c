/**
 * Whether somebody is slower than usual, out of nothing but a stream of numbers.
 *
 * Two means of the same numbers, one that forgets in seconds and one that forgets in minutes; their
 * ratio is the slowness (Netflix concurrency-limits, Gradient2: a short against a long mean, and no
 * minimum, which one lucky answer would hold too low for ever).
 *
 * - **Recent** weighs by samples: each counts 1 when it comes and fades, so that a hundred at one instant
 *   are a plain mean of a hundred. (A step of `1 − remaining` would give all but the first no weight.)
 * - **Usual** weighs by time: it follows `recent`, and a second with few samples says as much as one with
 *   many. Weighed by samples, the many fast ones from before a trouble would outvote the few slow ones
 *   since, for many times its five minutes.
 *
 * Both begin as plain means, so that the first sample does not dominate.
 *
 * @module
 */

import { remaining, smooth } from "./decay.ts";

/** How fast "recent" forgets (ours): about what a pool needs to feel that it is too wide. */
const RECENT_TAU_MS = 2_000;
/** How fast "usual" forgets (ours): a lasting change has become the usual after some minutes. */
const USUAL_TAU_MS = 5 * 60_000;
/** So many samples make a usual (ours). */
export const ENOUGH: number = 20;
/**
 * After five decay times the recent ones say nothing about now; and the first one after a longer silence
 * does not speak for all of it.
 */
const STALE_AFTER_MS = 5 * RECENT_TAU_MS;
/**
 * The recent ones are worth no more samples than this (ours): an endpoint that gets slow is given few calls
 * by a balancer that notices, and they must not be outvoted by a thousand fast ones of two seconds ago.
 */
const MOST_RECENT = 50;
/** Time passes in steps of this: an exponential for each of a thousand answers a second is not worth it. */
const STEP_MS = 5;
/**
 * One sample counts for so many times the usual at most (ours): a statement that waited a minute for a
 * lock is one slow statement, and no slow server.
 */
const MOST = 10;

/** Plain numbers; mutated in place because every answer touches them. */
export interface Pace {
  /** Mean of the last seconds. */
  recent: number;
  /** How many samples `recent` is worth. */
  recentWeight: number;
  /** Mean of the last minutes. */
  usual: number;
  /** What share of its minutes `usual` has seen, 0 to 1. */
  usualWeight: number;
  /** Samples that made `usual`; not counted beyond enough. */
  samples: number;
  /** When the last one was noted. */
  at: number;
}

/** Nothing noted yet. */
export function freshPace(): Pace {
  return { recent: 0, recentWeight: 0, usual: 0, usualWeight: 0, samples: 0, at: 0 };
}

/**
 * Notes one sample.
 *
 * @param value best the time a statement took over the time that it usually takes, so that a change in
 * the mix of fast and slow statements is no change of pace. Not finite or below 0: ignored
 * @param learns whether it may shift the usual. Not while a limit on concurrency is settling (see
 * `learnsUsual` in `admit/limit.ts`): the usual would follow the overload, and let it in again
 */
export function notePace(pace: Pace, value: number, now: number, learns = true): void {
  if (!(value >= 0 && value < Infinity)) return;
  const storedAt = pace.recentWeight === 0 ? now : pace.at;
  const isKnown = pace.samples >= ENOUGH && pace.usual > 0;
  const sample = isKnown ? Math.min(value, MOST * pace.usual) : value;

  const passedMs = now - storedAt;
  const isStep = passedMs >= STEP_MS;
  if (isStep) pace.recentWeight *= remaining(storedAt, now, RECENT_TAU_MS);
  pace.recentWeight = Math.min(pace.recentWeight, MOST_RECENT) + 1;
  pace.recent = smooth(pace.recent, sample, 1 / pace.recentWeight);
  if (learns) learn(pace, sample, isStep ? Math.min(passedMs, STALE_AFTER_MS) : 0);
  pace.at = isStep ? now : storedAt;
}

function learn(pace: Pace, sample: number, passedMs: number): void {
  const rest = passedMs === 0 ? 1 : remaining(0, passedMs, USUAL_TAU_MS);
  pace.usualWeight = pace.usualWeight * rest + (1 - rest);
  if (pace.samples < ENOUGH) {
    pace.samples += 1;
    pace.usual = smooth(pace.usual, sample, 1 / pace.samples);
  } else if (rest < 1) {
    pace.usual = smooth(pace.usual, pace.recent, (1 - rest) / pace.usualWeight);
  }
}

/**
 * How many times as much as usual the last seconds took. 1 too while nobody can tell: fewer than 20
 * samples, or none within 10 s.
 */
export function slowness(pace: Pace, now: number): number {
  if (pace.samples < ENOUGH || pace.usual <= 0) return 1;
  return now - pace.at > STALE_AFTER_MS ? 1 : pace.recent / pace.usual;
}
