/**
 * Hedging: a read that takes long is sent to a second endpoint as well, and the first answer counts
 * (Dean & Barroso, "The Tail at Scale", CACM 2013: after the 95th percentile it adds some 5 % of load).
 * Pure: numbers in, a decision out.
 *
 * @module
 */

import type { OutcomeKind } from "../model/outcome.ts";

/** When a second attempt is made: after a fixed time, or when most answers would have come. */
export type HedgeStrategy =
  | { readonly afterMs: number }
  | { readonly after: "p95"; readonly minMs: number };

/** After how long a second attempt is due; `undefined`: no telling yet. `p95Ms`: of the endpoint; 0: unknown. */
export function hedgeDelayMs(strategy: HedgeStrategy, p95Ms: number): number | undefined {
  if ("afterMs" in strategy) return strategy.afterMs;
  // A timer cannot tell a fast endpoint's slow answers from its own imprecision.
  return p95Ms > 0 ? Math.max(p95Ms, strategy.minMs) : undefined;
}

/** A first attempt that has not been answered when a second one is due. */
export interface HedgeSituation {
  readonly dueAt: number;
  readonly now: number;
  /** Attempts made so far, and how many there may be: a hedge is one of them (gRPC A6). */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Whether there is another admitted endpoint to go to. */
  readonly elsewhere: boolean;
  /** Whether the retry budget, which hedges share (gRPC A6), has something left. */
  readonly budget: boolean;
}

/** What is done about it. */
export type HedgeDecision =
  | { readonly action: "send" }
  /** Not yet: look again then. */
  | { readonly action: "wait"; readonly until: number }
  | { readonly action: "leave" };

/** Woken later than this, it is our own process that was busy (ours). */
const STALL_MS = 10;

const SEND: HedgeDecision = { action: "send" };
const LEAVE: HedgeDecision = { action: "leave" };

/**
 * Whether the second attempt is made. After a pause of the whole process (garbage collection, a long
 * function) the answers may lie unread: they are given a turn first, or everything under way would be
 * sent twice at once.
 */
export function decideHedge(situation: HedgeSituation): HedgeDecision {
  const { now, dueAt, attempt, maxAttempts, elsewhere, budget } = situation;
  if (attempt >= maxAttempts || !elsewhere || !budget) return LEAVE;
  if (now - dueAt > STALL_MS) return { action: "wait", until: now + 1 };
  return SEND;
}

/**
 * Whether one attempt's failure ends both: the other endpoint would say the same, or nobody wants to hear it
 * (gRPC A6: a fatal status). After any other failure the answer of the attempt still under way is waited for.
 */
export function endsHedge(kind: OutcomeKind): boolean {
  switch (kind) {
    case "statement":
    case "readOnly":
    case "cancelled":
    case "aborted":
    case "unreplicated":
      return true;
    case "unavailable":
    case "disconnected":
    case "overloaded":
    case "timeout":
    case "conflict":
    case "exhausted":
    case "misconfigured":
      return false;
    default:
      return kind satisfies never;
  }
}
