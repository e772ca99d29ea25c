/**
 * Retry and timeouts together, with the availability guide's presets.
 *
 * @module
 */

import { RetryStrategy } from "./strategy.ts";

/** How long things may take. All durations in milliseconds. */
export interface TimeoutStrategy {
  /** One connect: name, line, TLS, login. */
  readonly connectionMs: number;
  /** One `query` or `execute`, all its attempts together. */
  readonly queryMs: number;
  /** One `transaction`, from its call to its commit's answer. */
  readonly transactionMs: number;
  /** A call marked `bulk: true`. */
  readonly bulkMs: number;
}

/** Retry and timeouts together, as the availability guide has them. */
export interface ExecutionStrategy {
  readonly retry: RetryStrategy;
  readonly timeout: TimeoutStrategy;
}

/** What makes a {@link TimeoutStrategy}. */
export interface TimeoutPresets {
  readonly default: () => TimeoutStrategy;
  readonly fast: () => TimeoutStrategy;
  readonly robust: () => TimeoutStrategy;
}

/** What makes an {@link ExecutionStrategy}. */
export interface ExecutionPresets {
  readonly default: () => ExecutionStrategy;
  readonly fast: () => ExecutionStrategy;
  readonly robust: () => ExecutionStrategy;
}

/** The presets of {@link TimeoutStrategy}. */
export const TimeoutStrategy: TimeoutPresets = {
  /**
   * Connect 5 s (PgDog, and what pooled drivers settle on), query 30 s (the guide's
   * `timeout_seconds`), transaction twice and bulk ten times that.
   */
  default(): TimeoutStrategy {
    return { connectionMs: 5_000, queryMs: 30_000, transactionMs: 60_000, bulkMs: 300_000 };
  },

  /**
   * For a person who waits: connect 1 s (ProxySQL's connect timeout for a monitor, and our probe's), everything else
   * a sixth of the default or less, so that the error still fits into one HTTP request.
   */
  fast(): TimeoutStrategy {
    return { connectionMs: 1_000, queryMs: 5_000, transactionMs: 10_000, bulkMs: 30_000 };
  },

  /** For work nobody waits for: every limit twice the default. */
  robust(): TimeoutStrategy {
    return { connectionMs: 10_000, queryMs: 60_000, transactionMs: 120_000, bulkMs: 600_000 };
  },
};

/** The presets of {@link ExecutionStrategy}. */
export const ExecutionStrategy: ExecutionPresets = {
  /** 3 attempts, 100 ms · 2ⁿ under full jitter with a cap of 1 s; the default timeouts. */
  default(): ExecutionStrategy {
    return { retry: RetryStrategy.exponential(), timeout: TimeoutStrategy.default() };
  },

  /** 2 attempts and short pauses: one other try, then the truth. */
  fast(): ExecutionStrategy {
    return {
      retry: RetryStrategy.exponential({ initialDelayMs: 50, maxDelayMs: 200, maxAttempts: 2 }),
      timeout: TimeoutStrategy.fast(),
    };
  },

  /** 5 attempts, 100 ms · 2ⁿ up to 30 s: the availability guide's high-availability example. */
  robust(): ExecutionStrategy {
    return {
      retry: RetryStrategy.exponential({
        initialDelayMs: 100,
        maxDelayMs: 30_000,
        multiplier: 2,
        maxAttempts: 5,
      }),
      timeout: TimeoutStrategy.robust(),
    };
  },
};
