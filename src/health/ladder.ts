/**
 * The recovery ladder of an endpoint that is down, from the mildest means to the last:
 *
 * ```
 *   refresh connections ─▶ rebuild the pool ─▶ rebuild the client ─▶ isolate and fall back
 * ```
 *
 * Each means is tried a few times with growing pauses, then the next one. It does nothing itself: it
 * says what is due and is told when that was done, as etcd's raft does with `Ready` and `Advance`.
 *
 * - **It ends.** After `isolate` nothing is due any more; what brings the endpoint back then is its
 *   probes, and `recovered` starts the ladder over for the next time.
 * - **One hand.** What is due stays due until it was `taken`, so only one may carry it out at a time,
 *   and must give it a deadline: a step that never ends is never followed by the next.
 * - **Instants** are readings of this isolate's clock.
 *
 * @module
 */

import type { RecoveryRung } from "../model/event.ts";

/** How often each rung is tried, and how long the pauses are. */
export interface LadderOptions {
  /** Attempts on each rung but the last, which is taken once; from 1. @default {2}: the first may meet a passing trouble */
  readonly attemptsPerRung: number;
  /**
   * The longest pause after the first step; each step doubles it. @default {500}, MongoDB's least time
   * between two looks: what was just renewed must have been looked at once before it counts as vain
   */
  readonly backoffMs: number;
  /** No pause is longer. @default {30000}, as the circuit's */
  readonly maxBackoffMs: number;
}

/** The defaults, with sources in {@link LadderOptions}: with them `isolate` comes after 16 to 32 s. */
export const LADDER_DEFAULTS: LadderOptions = {
  attemptsPerRung: 2,
  backoffMs: 500,
  maxBackoffMs: 30_000,
};

/** Something to be done. */
export interface LadderStep {
  readonly rung: RecoveryRung;
  /** The attempt on this rung, from 1. */
  readonly attempt: number;
}

/** A step is due, or will be. */
export interface ClimbingLadder extends LadderStep {
  readonly phase: "climbing";
  /** The clock's reading from which it is due. */
  readonly dueAt: number;
  /** Steps taken so far. */
  readonly taken: number;
}

/** A ladder; `phase` tells the three apart. */
export type Ladder =
  /** Nothing is under way. */
  | { readonly phase: "none" }
  | ClimbingLadder
  /** The last rung was taken. */
  | { readonly phase: "isolating" };

/** What can happen on a ladder. */
export type LadderEvent =
  /** The endpoint was found down: begins, unless it has. */
  | { readonly type: "down" }
  /**
   * What was due was carried out, well or not. Without anything due it is ignored, so that telling it
   * twice skips nothing. `random`: a uniform draw from [0, 1), for the pause's jitter.
   */
  | { readonly type: "taken"; readonly random: number }
  | { readonly type: "recovered" };

/** Nothing is under way. */
export const noLadder: Ladder = { phase: "none" };

/** Folds one event into a ladder. The same reference means that nothing changed. */
export function step(
  ladder: Ladder,
  event: LadderEvent,
  now: number,
  options: LadderOptions,
): Ladder {
  switch (event.type) {
    case "down":
      return ladder.phase === "none"
        ? { phase: "climbing", rung: "refresh", attempt: 1, dueAt: now, taken: 0 }
        : ladder;
    case "taken":
      return ladder.phase === "climbing" && now >= ladder.dueAt
        ? climb(ladder, now + pauseMs(ladder.taken, event.random, options), options)
        : ladder;
    case "recovered":
      return ladder.phase === "none" ? ladder : noLadder;
    default:
      return event satisfies never;
  }
}

/** What is to be done now, if anything. */
export function due(ladder: Ladder, now: number): LadderStep | undefined {
  if (ladder.phase !== "climbing" || now < ladder.dueAt) return undefined;
  return { rung: ladder.rung, attempt: ladder.attempt };
}

/** How long until something is due: 0 when it is, `Infinity` when nothing will be. */
export function dueInMs(ladder: Ladder, now: number): number {
  return ladder.phase === "climbing" ? Math.max(0, ladder.dueAt - now) : Infinity;
}

/** Whether all means were in vain and the last rung was taken. */
export function isIsolating(ladder: Ladder): boolean {
  return ladder.phase === "isolating";
}

function climb(ladder: ClimbingLadder, dueAt: number, options: LadderOptions): Ladder {
  const { rung, attempt } = ladder;
  const taken = ladder.taken + 1;
  if (attempt < options.attemptsPerRung && rung !== "isolate") {
    return { phase: "climbing", rung, attempt: attempt + 1, dueAt, taken };
  }
  const above = rungAbove(rung);
  return above === undefined
    ? { phase: "isolating" }
    : { phase: "climbing", rung: above, attempt: 1, dueAt, taken };
}

function rungAbove(rung: RecoveryRung): RecoveryRung | undefined {
  switch (rung) {
    case "refresh":
      return "rebuildPool";
    case "rebuildPool":
      return "rebuildClient";
    case "rebuildClient":
      return "isolate";
    case "isolate":
      return undefined;
    default:
      return rung satisfies never;
  }
}

/** 2³¹ times any backoff is past any cap, and a power that overflows would make 0 × ∞. */
const MOST_DOUBLINGS = 31;

/**
 * The pause after one more step: "equal jitter" (AWS architecture blog), so that isolates which lost
 * an endpoint together do not renew their connections to it together, and none does at once.
 */
function pauseMs(taken: number, random: number, options: LadderOptions): number {
  const grown = options.backoffMs * 2 ** Math.min(taken, MOST_DOUBLINGS);
  const longest = Math.min(options.maxBackoffMs, grown);
  return longest / 2 + random * (longest / 2);
}
