/**
 * What to do after a failed attempt. Pure: everything it looks at is in the situation, everything
 * it says is in the decision.
 *
 * @module
 */

import type { Outcome, OutcomeKind } from "../model/outcome.ts";

/** How harmless running a statement twice is. `idempotent` is the caller's word. */
export type Safety = "read" | "idempotent" | "write";

/** A failed attempt and what is left to work with. */
export interface Situation {
  readonly outcome: Outcome;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly safe: Safety;
  /** Whether the statement belongs to a transaction: then only the whole of it can run again. */
  readonly inTransaction: boolean;
  /** Until the deadline of the whole call. */
  readonly remainingMs: number;
  /** Whether an endpoint that may serve this statement, and is admitted, has not been tried yet. */
  readonly elsewhere: boolean;
  /** What `delayBefore` computed for another try on endpoints already tried. */
  readonly delayMs: number;
  /** Whether the retry budget has something left. */
  readonly budget: boolean;
}

/** What comes next. */
export type Decision =
  /** Run it again after `delayMs`: on an endpoint not tried yet, or on the ones already tried. */
  | { readonly action: "retry"; readonly where: "elsewhere" | "here"; readonly delayMs: number }
  /** Refused by a replica: correct the map, find the primary, run it there. The caller bounds how often. */
  | { readonly action: "reroute" }
  /** No further attempt; `because` tells people why, in a few words. */
  | { readonly action: "fail"; readonly because: string };

const REROUTE: Decision = { action: "reroute" };
const ELSEWHERE: Decision = { action: "retry", where: "elsewhere", delayMs: 0 };

/**
 * Decides about the next attempt.
 *
 * - What ran, or may have run and is neither a read nor idempotent, is never run again.
 * - Nothing inside a transaction is run again: the transaction as a whole is.
 * - An endpoint not tried yet comes first and at once; those already tried come after a delay, the
 *   longer of our own and the server's.
 * - Nothing begins at or after the deadline, beyond `maxAttempts`, or without budget. A reroute is
 *   no retry: it adds no load where load is the trouble, and costs neither.
 */
export function decide(situation: Situation): Decision {
  const { outcome } = situation;
  const reach = reachOf(outcome.kind);
  if (reach === "none") return fail(NEVER_AGAIN[outcome.kind] ?? "no retry would help");
  if (outcome.executed === "yes") return fail("it has already run");
  if (situation.inTransaction) return fail("only the whole transaction can run again");
  if (outcome.executed === "unknown" && situation.safe === "write") {
    return fail("it may already have run, and running it twice could do harm");
  }
  // Written this way round so that NaN fails as well.
  if (!(situation.remainingMs > 0)) return fail("the deadline has passed");
  if (reach === "primary") return REROUTE;
  if (situation.attempt >= situation.maxAttempts) return fail("all attempts are used up");
  if (!situation.budget) return fail("the retry budget is empty");
  if (situation.elsewhere) return ELSEWHERE;
  if (reach === "elsewhere") return fail("no other endpoint is left to try");
  const delayMs = Math.max(situation.delayMs, outcome.retryAfterMs ?? 0);
  if (!(delayMs < situation.remainingMs)) return fail("the next try would miss the deadline");
  return { action: "retry", where: "here", delayMs };
}

/** How far a retry may go after a kind of failure. */
function reachOf(kind: OutcomeKind): "anywhere" | "elsewhere" | "primary" | "none" {
  switch (kind) {
    case "unavailable":
    case "disconnected":
    case "overloaded":
    case "timeout":
    case "conflict":
      return "anywhere";
    // Joining the same full queue again, or trying the same wrong password, only makes it worse.
    case "exhausted":
    case "misconfigured":
      return "elsewhere";
    case "readOnly":
      return "primary";
    case "cancelled":
    case "aborted":
    case "statement":
    case "unreplicated":
      return "none";
    default: {
      const unknown: never = kind;
      return unknown;
    }
  }
}

const NEVER_AGAIN: { readonly [K in OutcomeKind]?: string } = {
  cancelled: "the server ended it on request or by its own timeout",
  aborted: "the caller's signal fired",
  statement: "the statement itself is at fault",
  unreplicated: "it has already run",
};

function fail(because: string): Decision {
  return { action: "fail", because };
}
