/**
 * How long to wait before the next attempt.
 *
 * @module
 */

import type { Random } from "../ports.ts";
import type { RetryStrategy } from "./strategy.ts";

/** The longest delay any strategy can ask for: a longer timer fires at once on Node and in browsers. */
export const MAX_DELAY_MS = 2_147_483_647;

/** A linear strategy's cap where none is given: the availability guide's. */
const LINEAR_MAX_DELAY_MS = 30_000;

/**
 * The delay in milliseconds before the attempt after `failedAttempt`.
 *
 * Always a number from 0 to {@link MAX_DELAY_MS}, whatever the strategy holds: what is not a number
 * or is negative counts as 0. The jitters are those of the AWS architecture blog, "Exponential
 * backoff and jitter" (2015).
 *
 * @param failedAttempt the attempt that just failed, from 1
 * @param previousDelayMs the delay before that attempt, 0 before the first; only decorrelated jitter looks
 */
export function delayBefore(
  strategy: RetryStrategy,
  failedAttempt: number,
  previousDelayMs: number,
  random: Random,
): number {
  return bounded(rawDelay(strategy, Math.max(1, failedAttempt), previousDelayMs, random));
}

function rawDelay(
  strategy: RetryStrategy,
  failedAttempt: number,
  previousDelayMs: number,
  random: Random,
): number {
  switch (strategy.type) {
    case "fixed":
      return strategy.intervalMs;
    case "linear": {
      const grown = strategy.initialDelayMs + strategy.incrementMs * (failedAttempt - 1);
      return Math.min(grown, strategy.maxDelayMs ?? LINEAR_MAX_DELAY_MS);
    }
    case "exponential":
      return exponential(strategy, failedAttempt, previousDelayMs, random);
    case "custom": {
      const { delaysMs } = strategy;
      if (typeof delaysMs === "function") return delaysMs(failedAttempt);
      return delaysMs[Math.min(failedAttempt, delaysMs.length) - 1] ?? 0;
    }
    default: {
      const unknown: never = strategy;
      return unknown;
    }
  }
}

function exponential(
  strategy: Extract<RetryStrategy, { type: "exponential" }>,
  failedAttempt: number,
  previousDelayMs: number,
  random: Random,
): number {
  const cap = bounded(strategy.maxDelayMs);
  const initial = Math.min(bounded(strategy.initialDelayMs), cap);
  const jitter = strategy.jitter ?? "full";
  switch (jitter) {
    case "none":
      return grown(initial, strategy.multiplier ?? 2, failedAttempt, cap);
    case "full":
      return random() * grown(initial, strategy.multiplier ?? 2, failedAttempt, cap);
    case "decorrelated": {
      const top = Math.max(initial, 3 * bounded(previousDelayMs));
      return Math.min(cap, initial + random() * (top - initial));
    }
    default: {
      const unknown: never = jitter;
      return unknown;
    }
  }
}

function grown(initial: number, multiplier: number, failedAttempt: number, cap: number): number {
  // Zero times an overflown power is NaN, which `bounded` takes for no delay.
  return Math.min(cap, initial * multiplier ** (failedAttempt - 1));
}

function bounded(delayMs: number): number {
  return delayMs > 0 ? Math.min(delayMs, MAX_DELAY_MS) : 0;
}
