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
  const jittered = nextSyncMs * (1 + JITTER_RATIO * (2 * random - 1));
  return now + Math.max(LEAST_GAP_MS, jittered);
}

/**
 * When it is due now that there is something to tell: at once in a small fleet, and in a large one when its
 * turn comes. Never later than it was due anyway.
 *
 * Syncs come every `nextSyncMs`, so what is left until the next one is as good as a draw from it; scaled down it
 * is one from `spreadMs`. A fresh draw beside it would do harm: the sooner of the two comes soon twice as often,
 * which doubles the store's load and its estimate of how many accuse (`evidence.ts`). Asked again, it is no sooner.
 */
export function urgentSyncAt(
  dueAt: number,
  beliefs: Beliefs | undefined,
  { now, lastAt }: { readonly now: number; readonly lastAt: number },
): number {
  const { nextSyncMs = 0, spreadMs = 0 } = beliefs ?? {};
  const leftMs = Math.max(0, lastAt + nextSyncMs - now);
  const turnMs = nextSyncMs > 0 ? leftMs * Math.min(1, spreadMs / nextSyncMs) : 0;
  return Math.min(dueAt, Math.max(now + turnMs, lastAt + LEAST_GAP_MS));
}

/** When the result of a trial is due: nobody else has one, and the fleet waits for it. */
export function trialSyncAt(
  dueAt: number,
  { now, lastAt }: { readonly now: number; readonly lastAt: number },
): number {
  return Math.min(dueAt, Math.max(now, lastAt + LEAST_GAP_MS));
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
  if (belief.phase !== "open" || now < belief.until) return false;
  if (probes && !isLeftToOthers(belief)) return false;
  return drawnFor !== belief.until && random < CLAIMANTS / Math.max(1, fleet);
}

/** Whether a store that looks by itself lets others have this trial first. */
export function isLeftToOthers({ openings }: Pick<Belief, "openings">): boolean {
  return openings > 0 && openings % 2 === 0;
}
