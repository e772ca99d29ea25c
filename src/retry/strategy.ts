/**
 * How often and how long to wait: the shapes people write down. `delay.ts` computes with them,
 * `execution.ts` puts them together with timeouts.
 *
 * @module
 */

/** How delays are spread so that callers do not come back together. */
export type Jitter =
  /** No spread: every caller waits the same. */
  | "none"
  /** Uniform from 0 to the computed delay (AWS architecture blog, "full jitter"). */
  | "full"
  /** Uniform from the initial delay to three times the previous one (same source). */
  | "decorrelated";

/** The delays before the 2nd, 3rd, … attempt; the last one repeats. Or a function of the attempt that failed (from 1). */
export type CustomDelays = readonly number[] | ((failedAttempt: number) => number);

/** When to try again. `maxAttempts` counts the first attempt too: 1 means never retry. */
export type RetryStrategy =
  | {
    readonly type: "fixed";
    readonly intervalMs: number;
    readonly maxAttempts: number;
  }
  | {
    readonly type: "linear";
    readonly initialDelayMs: number;
    readonly incrementMs: number;
    /** @default {30000} */
    readonly maxDelayMs?: number;
    readonly maxAttempts: number;
  }
  | {
    readonly type: "exponential";
    readonly initialDelayMs: number;
    readonly maxDelayMs: number;
    /** @default {2} */
    readonly multiplier?: number;
    /** @default {"full"} */
    readonly jitter?: Jitter;
    readonly maxAttempts: number;
  }
  | {
    readonly type: "custom";
    readonly delaysMs: CustomDelays;
    readonly maxAttempts: number;
  };

/** What {@link RetryStrategy.fixed} takes. */
export interface FixedOptions {
  /** @default {1000}, the availability guide's example */
  readonly intervalMs?: number;
  /** The first attempt counts. @default {3}, the availability guide's example */
  readonly maxAttempts?: number;
}

/** What {@link RetryStrategy.linear} takes. */
export interface LinearOptions {
  /** @default {500}, the availability guide's example */
  readonly initialDelayMs?: number;
  /** Added for every further attempt. @default {500}, the availability guide's example */
  readonly incrementMs?: number;
  /** @default {30000}, the availability guide's cap for growing delays */
  readonly maxDelayMs?: number;
  /** The first attempt counts. @default {3}, the availability guide's example */
  readonly maxAttempts?: number;
}

/** What {@link RetryStrategy.exponential} takes. */
export interface ExponentialOptions {
  /** @default {100}, MongoDB's client backpressure specification and the availability guide */
  readonly initialDelayMs?: number;
  /** @default {1000}: MongoDB's 10 s are too long where an invocation is short */
  readonly maxDelayMs?: number;
  /** @default {2}, MongoDB's client backpressure specification and the availability guide */
  readonly multiplier?: number;
  /** @default {"full"}, the least work for the server in AWS's comparison of jitters */
  readonly jitter?: Jitter;
  /** The first attempt counts. @default {3}: two retries, as Cloudflare D1 and MongoDB under overload */
  readonly maxAttempts?: number;
}

/** What makes a {@link RetryStrategy}. */
export interface RetryPresets {
  readonly fixed: (options?: FixedOptions) => RetryStrategy;
  readonly linear: (options?: LinearOptions) => RetryStrategy;
  readonly exponential: (options?: ExponentialOptions) => RetryStrategy;
  readonly custom: (delaysMs: CustomDelays, maxAttempts?: number) => RetryStrategy;
  readonly none: () => RetryStrategy;
}

/** Makes retry strategies. */
export const RetryStrategy: RetryPresets = {
  /** The same pause every time. */
  fixed(options: FixedOptions = {}): RetryStrategy {
    return {
      type: "fixed",
      intervalMs: options.intervalMs ?? 1_000,
      maxAttempts: options.maxAttempts ?? 3,
    };
  },

  /** A pause that grows by the same amount each time. */
  linear(options: LinearOptions = {}): RetryStrategy {
    return {
      type: "linear",
      initialDelayMs: options.initialDelayMs ?? 500,
      incrementMs: options.incrementMs ?? 500,
      maxDelayMs: options.maxDelayMs ?? 30_000,
      maxAttempts: options.maxAttempts ?? 3,
    };
  },

  /** A pause that grows by a factor each time, spread by a jitter. */
  exponential(options: ExponentialOptions = {}): RetryStrategy {
    return {
      type: "exponential",
      initialDelayMs: options.initialDelayMs ?? 100,
      maxDelayMs: options.maxDelayMs ?? 1_000,
      multiplier: options.multiplier ?? 2,
      jitter: options.jitter ?? "full",
      maxAttempts: options.maxAttempts ?? 3,
    };
  },

  /**
   * Pauses of one's own.
   *
   * @param maxAttempts the first attempt counts. @default {one more than the list is long; 3 for a function}
   */
  custom(delaysMs: CustomDelays, maxAttempts?: number): RetryStrategy {
    const counted = typeof delaysMs === "function" ? 3 : delaysMs.length + 1;
    return { type: "custom", delaysMs, maxAttempts: maxAttempts ?? counted };
  },

  /** One attempt and no more. */
  none(): RetryStrategy {
    return { type: "fixed", intervalMs: 0, maxAttempts: 1 };
  },
};
