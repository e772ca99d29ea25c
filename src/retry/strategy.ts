/**
 * How often and how long to wait: the shapes people write down. `delay.ts` computes with them.
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
      /** The delays before the 2nd, 3rd, … attempt; the last one repeats. Or a function of the attempt that failed (from 1). */
      readonly delaysMs: readonly number[] | ((failedAttempt: number) => number);
      readonly maxAttempts: number;
    };

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
