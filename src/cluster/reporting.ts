/**
 * When an isolate tells the store something, and when it asks for a trial.
 *
 * @module
 */

import type { Belief, Beliefs } from "./merge.ts";

/** Syncs are spread by up to this share to either side, so that a fleet does not come in step. */
const JITTER_RATIO = 0.1;
/** Two syncs of one isolate are no closer, whatever happens. */
const LEAST_GAP_MS = 100;
/** Of a large fleet about so many ask for the trial, instead of all of them. */
const CLAIMANTS = 20;

/** When the next sync is due after one that was answered. */
export function nextSyncAt(now: number, nextSyncMs: number, random: number): number {
  return now + nextSyncMs * (1 + JITTER_RATIO * (2 * random - 1));
}

/**
 * When it is due now that there is something to tell: at once in a small fleet, and in a large one when its
 * turn comes. Never later than it was due anyway.
 */
export function urgentSyncAt(
  dueAt: number,
  beliefs: Beliefs | undefined,
  { now, lastAt, random }: {
    readonly now: number;
    readonly lastAt: number;
    readonly random: number;
  },
): number {
  const turnAt = now + random * (beliefs?.spreadMs ?? 0);
  return Math.min(dueAt, Math.max(turnAt, lastAt + LEAST_GAP_MS));
}

/**
 * Whether this isolate asks for the trial that is due. One draw for each word of the store: `drawnFor` is the
 * `until` of the one it was last made for. (Not one for each pause: whoever got the trial may be gone.)
 */
export function asksForTrial(
  belief: Belief,
  { fleet, probes }: Beliefs,
  { now, random, drawnFor }: {
    readonly now: number;
    readonly random: number;
    readonly drawnFor: number;
  },
): boolean {
  if (probes || belief.phase !== "open" || now < belief.until) return false;
  return drawnFor !== belief.until && random < CLAIMANTS / Math.max(1, fleet);
}
