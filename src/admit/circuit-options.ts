/**
 * When a circuit opens, how long it stays so, and what closes it again.
 *
 * @module
 */

/** The circuit's options, complete. */
export interface CircuitOptions {
  /** Failures in a row that open it. @default {5}, as Envoy and Finagle */
  readonly consecutiveFailures: number;
  /** Share of failures within the window that opens it, 0 to 1. @default {0.5}, as opossum */
  readonly failureRatio: number;
  /**
   * Calls the window must hold before a ratio says anything. @default {10}; an isolate sees few
   * calls: the 100 of Polly and resilience4j would never be reached
   */
  readonly minimumCalls: number;
  /** How far back the ratios look. @default {10000}, as opossum */
  readonly windowMs: number;
  /** An answer that takes at least this long is slow. Without `slowCallRatio` it means nothing. @default {1000} */
  readonly slowCallMs: number;
  /** Share of slow answers within the window that opens it, 0 to 1. @default {undefined}: never */
  readonly slowCallRatio: number | undefined;
  /**
   * The first pause after opening; it doubles with every reopening. @default {1000}: short beside
   * Envoy's 30 s, because a trial is one statement or probe
   */
  readonly cooldownMs: number;
  /** The longest pause. @default {30000} */
  readonly maxCooldownMs: number;
  /** Trials at once while half-open. @default {1} */
  readonly halfOpenTrials: number;
  /** Successful trials that close it. @default {2}, HAProxy's and AWS's "rise" */
  readonly successesToClose: number;
  /**
   * A trial without a result for this long is given up for lost (an invocation was cut off before it
   * could report) and its permit returns. @default {30000}, ours: as long as the longest pause
   */
  readonly trialTimeoutMs: number;
}

/** The defaults, with sources in {@link CircuitOptions}. */
export const CIRCUIT_DEFAULTS: CircuitOptions = {
  consecutiveFailures: 5,
  failureRatio: 0.5,
  minimumCalls: 10,
  windowMs: 10_000,
  slowCallMs: 1_000,
  slowCallRatio: undefined,
  cooldownMs: 1_000,
  maxCooldownMs: 30_000,
  halfOpenTrials: 1,
  successesToClose: 2,
  trialTimeoutMs: 30_000,
};
