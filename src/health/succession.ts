/**
 * How often the fall back of a lost primary is tried: a few times per outage, further and further apart,
 * then never again until it is over.
 *
 * - **It ends.** A try that failed may have left a replica half promoted. What three tries did not bring
 *   about, a person should look at.
 * - **Waiting is no try.** Where no replica lives, nobody was asked for anything: that is looked into for as
 *   long as the outage lasts, at most every half minute.
 *
 * @module
 */

/** The tries of one outage; `phase` tells whether another one may begin. */
export interface Succession {
  readonly phase: "waiting" | "trying" | "over";
  /** Tries that failed. */
  readonly failed: number;
  /** Times there was nobody to try it with. */
  readonly postponed: number;
  /** The clock's reading from which the next may begin. */
  readonly dueAt: number;
}

/** What can happen to it. */
export type SuccessionEvent =
  | { readonly type: "begun" }
  /** A replica was asked in vain, or it was found that none may be. */
  | { readonly type: "failed" }
  /** Nobody was there to be asked. */
  | { readonly type: "postponed" };

/** Nothing was tried yet. */
export const noSuccession: Succession = { phase: "waiting", failed: 0, postponed: 0, dueAt: 0 };

/** The first and two more: one may meet a passing trouble, what meets three is none. */
export const MAX_TRIES = 3;
/** After the first failed try; each further one doubles it. A replica that replays what it has needs seconds. */
const PAUSE_MS = 5_000;
/** Between two looks for somebody to try it with; doubles, up to the ladder's longest pause. */
const POSTPONED_MS = 1_000;
const MAX_POSTPONED_MS = 30_000;

/** Whether a try may begin. */
export function mayTry({ phase, dueAt }: Succession, now: number): boolean {
  return phase === "waiting" && now >= dueAt;
}

/** Folds one event in. Only a try that is under way can end; the same reference means that nothing changed. */
export function step(before: Succession, event: SuccessionEvent, now: number): Succession {
  if (event.type === "begun") {
    return mayTry(before, now) ? { ...before, phase: "trying" } : before;
  }
  if (before.phase !== "trying") return before;
  switch (event.type) {
    case "failed": {
      const failed = before.failed + 1;
      const phase = failed < MAX_TRIES ? "waiting" : "over";
      return { ...before, phase, failed, dueAt: now + PAUSE_MS * 2 ** before.failed };
    }
    case "postponed": {
      // Past 2^5 the cap holds anyway, and the count need not grow.
      const postponed = Math.min(before.postponed + 1, 6);
      const pauseMs = Math.min(MAX_POSTPONED_MS, POSTPONED_MS * 2 ** before.postponed);
      return { ...before, phase: "waiting", postponed, dueAt: now + pauseMs };
    }
    default:
      return event satisfies never;
  }
}
