/**
 * Keeping an endpoint's hot counters, and reading from them what one more call would cost there.
 *
 * Every attempt begins with {@link began} and ends with exactly one of {@link ended}, {@link failed},
 * {@link overtaken} and {@link abandoned}. The score is not kept here: it follows from the circuit.
 *
 * @module
 */

import type { Load, Member } from "../model/topology.ts";
import { decayed, remaining, smooth } from "../time/decay.ts";
import { weightOf } from "./weight.ts";

/** Share of a new answer time in the mean (MongoDB server selection: 0.2). */
const LATENCY_ALPHA = 0.2;
/** How fast a peak is forgotten (Finagle's PeakEwma: 10 s). */
const PEAK_TAU_MS = 10_000;
/** After three decay times, at 5 %, an old peak says nothing: unknown again (ours). */
const STALE_AFTER_MS = 3 * PEAK_TAU_MS;
/** Without a call for so long, a probe says more about an endpoint than its last calls do (ours). */
const SILENT_MS = 3_000;
/**
 * What an endpoint of unknown speed is taken for while a first call is under way: slow, so that a
 * burst does not pile up on the one nobody has heard of yet (Finagle calls it the penalty).
 */
const UNKNOWN_MS = 1_000;
/** A failure makes an endpoint look this much slower … (ours: five in a row, a circuit's worth, are ×32) */
const FAILURE_FACTOR = 2;
/** … and at least this slow: one that refuses in 0.2 ms must not look like the fastest of all. */
const FAILURE_MS = 10;
/** However many failures: a minute is slower than anything that answers. */
const MAX_PEAK_MS = 60_000;

/** An attempt begins. */
export function began(load: Load): void {
  load.inFlight += 1;
}

/** An attempt was answered; that includes an error that is the statement's own fault. */
export function ended(load: Load, elapsedMs: number, now: number): void {
  abandoned(load);
  load.latencyMs = load.latencyMs === 0
    ? elapsedMs
    : smooth(load.latencyMs, elapsedMs, LATENCY_ALPHA);
  const rest = remaining(load.peakAt, now, PEAK_TAU_MS);
  load.peakMs = Math.max(elapsedMs, smooth(elapsedMs, load.peakMs, rest));
  load.peakAt = now;
}

/**
 * An attempt failed, and the endpoint is to blame. The mean answer time is left alone, a failure is no
 * answer; the peak only goes up.
 */
export function failed(load: Load, elapsedMs: number, now: number): void {
  abandoned(load);
  const known = Math.max(peakMs(load, now), load.latencyMs);
  const worse = Math.max(elapsedMs, FAILURE_FACTOR * known, FAILURE_MS);
  load.peakMs = Math.min(worse, MAX_PEAK_MS);
  load.peakAt = now;
}

/**
 * An attempt was called off after `elapsedMs`, because another endpoint had answered. It would have taken
 * longer, so it may make this one look slower, never faster: how a hedge's loser keeps its bad name.
 */
export function overtaken(load: Load, elapsedMs: number, now: number): void {
  if (elapsedMs > Math.max(load.latencyMs, peakMs(load, now))) ended(load, elapsedMs, now);
  else abandoned(load);
}

/** An attempt ended in a way that says nothing about the endpoint: called off, no connection free. */
export function abandoned(load: Load): void {
  load.inFlight = Math.max(0, load.inFlight - 1);
}

/**
 * The endpoint came back: how slow it was when it went away says nothing any more. Remembered, its peak would
 * keep it without load for half a minute after it is well; a ramp is there to be careful instead.
 */
export function forget(load: Load): void {
  load.latencyMs = 0;
  load.peakMs = 0;
}

/**
 * A probe was answered. Where no call was answered for a while, because the endpoint looked too slow to be
 * given any, this is news: MongoDB's drivers take their round-trip times from such looks alone.
 */
export function probed(load: Load, elapsedMs: number, now: number): void {
  if (now - load.peakAt < SILENT_MS || elapsedMs >= peakMs(load, now)) return;
  load.peakMs = elapsedMs;
  load.peakAt = now;
}

/** The peak answer time as it stands at `now`; 0: unknown. */
export function peakMs(load: Load, now: number): number {
  if (now - load.peakAt > STALE_AFTER_MS) return 0;
  return decayed(load.peakMs, load.peakAt, now, PEAK_TAU_MS);
}

/**
 * What one more call would cost there: peak answer time × the queue it would join, over the weight
 * (Finagle's PeakEwma). An idle endpoint of unknown speed costs nothing, so that it is tried once.
 */
export function cost(member: Member, now: number): number {
  const { load } = member;
  const peak = peakMs(load, now);
  if (peak === 0 && load.inFlight === 0) return 0;
  const perCall = peak === 0 ? UNKNOWN_MS : peak;
  return (perCall * (load.inFlight + 1)) / weightOf(member);
}
