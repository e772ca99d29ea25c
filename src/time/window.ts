/**
 * Counts of calls over a sliding span, as plain mutable data.
 *
 * The span is cut into buckets. A bucket is emptied when the clock comes round to it again, so
 * recording costs a fixed few steps and no allocation, however many calls there are and however long
 * nobody called. The price is granularity: the counts cover between `span − span / buckets` and
 * `span`. (The same trade as opossum's rolling buckets and Hystrix's before them.)
 *
 * @module
 */

/** What became of a call; `slow` is a success that took too long. */
export type CallOutcome = "success" | "failure" | "slow";

/** What happened within the span. `slow` calls are successes; the rest of `calls` was well. */
export interface CallTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** The buckets. Plain arrays of one length, so that it survives JSON; changed in place. */
export interface CallWindow {
  readonly bucketMs: number;
  readonly calls: number[];
  readonly failures: number[];
  readonly slow: number[];
  /** Number of the newest bucket since the clock's zero; its slot is that modulo the length. */
  newest: number;
}

/**
 * An empty window.
 *
 * @param spanMs how far back the counts reach
 * @param buckets how finely the span is cut; opossum cuts its 10 s into 10 as well
 */
export function createWindow(spanMs: number, buckets = 10): CallWindow {
  return {
    bucketMs: spanMs / buckets,
    calls: zeros(buckets),
    failures: zeros(buckets),
    slow: zeros(buckets),
    newest: 0,
  };
}

/** Counts one call that ended at `now`. */
export function record(window: CallWindow, now: number, outcome: CallOutcome): void {
  const slot = advance(window, now);
  add(window.calls, slot);
  switch (outcome) {
    case "success":
      return;
    case "failure":
      add(window.failures, slot);
      return;
    case "slow":
      add(window.slow, slot);
      return;
    default:
      return outcome satisfies never;
  }
}

/** What is within the span at `now`, without changing the window. */
export function totals(window: CallWindow, now: number): CallTotals {
  const length = window.calls.length;
  // Buckets that time has left behind since the last record still hold their counts: skip those.
  const left = Math.max(0, bucketAt(window, now) - window.newest);
  const sums = { calls: 0, failures: 0, slow: 0 };
  for (let age = 0; age < length - left; age++) {
    const slot = slotOf(window.newest - age, length);
    sums.calls += window.calls[slot] ?? 0;
    sums.failures += window.failures[slot] ?? 0;
    sums.slow += window.slow[slot] ?? 0;
  }
  return sums;
}

/** Forgets everything: a circuit that closes must not trip on what it tripped on before. */
export function clear(window: CallWindow): void {
  window.calls.fill(0);
  window.failures.fill(0);
  window.slow.fill(0);
}

/** Empties what the clock has passed and gives the slot of `now`. */
function advance(window: CallWindow, now: number): number {
  const length = window.calls.length;
  const current = bucketAt(window, now);
  // A reading before the newest bucket (a late report) counts as now: never empty a bucket for it.
  if (current > window.newest) {
    const passed = Math.min(current - window.newest, length);
    for (let step = 0; step < passed; step++) {
      const slot = slotOf(current - step, length);
      window.calls[slot] = 0;
      window.failures[slot] = 0;
      window.slow[slot] = 0;
    }
    window.newest = current;
  }
  return slotOf(window.newest, length);
}

function bucketAt(window: CallWindow, now: number): number {
  return Math.floor(now / window.bucketMs);
}

/** The remainder that stays positive for clock readings below zero. */
function slotOf(bucket: number, length: number): number {
  return ((bucket % length) + length) % length;
}

function add(counts: number[], slot: number): void {
  counts[slot] = (counts[slot] ?? 0) + 1;
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}
