/**
 * The numbers about upkeep: pools, probes, recovery, outliers.
 *
 * @module
 */

import { MAX_MS, type OptionRow } from "./row.ts";

/** The paths of the options about upkeep. */
export type UpkeepOptionPath =
  | "pool.min"
  | "pool.max"
  | "pool.maxQueue"
  | "pool.maxConnecting"
  | "pool.acquireTimeoutMs"
  | "pool.idleTimeoutMs"
  | "pool.maxLifetimeMs"
  | "pool.validateAfterIdleMs"
  | "pool.latencyTolerance"
  | "probe.intervalMs"
  | "probe.timeoutMs"
  | "probe.doubtAfterMs"
  | "probe.fall"
  | "probe.rise"
  | "recovery.attemptsPerRung"
  | "recovery.backoffMs"
  | "recovery.maxBackoffMs"
  | "outlier.slownessRatio"
  | "outlier.minSlowerMs"
  | "outlier.failureRatio"
  | "outlier.minimumCalls"
  | "outlier.baseEjectionMs"
  | "outlier.maxEjectionMs"
  | "outlier.maxEjectedRatio"
  | "outlier.panicRatio"
  | "alerts.intervalMs"
  | "alertRule.forMs"
  | "alertRule.clearForMs"
  | "rampMs";

/** Sources: HAProxy, MongoDB CMAP, pg-pool, postgres.js, Envoy, Netflix concurrency-limits. */
export const UPKEEP_ROWS: Readonly<Record<UpkeepOptionPath, OptionRow>> = {
  "pool.min": {
    default: 0,
    unit: "count",
    range: [0, 10_000],
    says: "connections to each endpoint kept open although nobody needs them",
  },
  "pool.max": {
    default: 10,
    unit: "count",
    range: [1, 10_000],
    says: "most connections to one endpoint (pg-pool, postgres.js)",
  },
  "pool.maxQueue": {
    default: 1_000,
    unit: "count",
    range: [0, 1_000_000],
    says: "most callers waiting for a connection of one endpoint",
  },
  "pool.maxConnecting": {
    default: 2,
    unit: "count",
    range: [1, 1_000],
    says: "most connects to one endpoint under way at once (MongoDB CMAP)",
  },
  "pool.acquireTimeoutMs": {
    default: 5_000,
    unit: "ms",
    range: [1, MAX_MS],
    says: "how long a call waits for a connection before it tries elsewhere",
  },
  "pool.idleTimeoutMs": {
    default: 10_000,
    unit: "ms",
    range: [0, MAX_MS],
    says: "how long a connection may lie idle (pg-pool); 0: for ever",
  },
  "pool.maxLifetimeMs": {
    default: 3_600_000,
    unit: "ms",
    range: [0, MAX_MS],
    says:
      "the age by which a connection is replaced, half of it at the earliest (postgres.js); 0: any",
  },
  "pool.validateAfterIdleMs": {
    default: 30_000,
    unit: "ms",
    range: [0, MAX_MS],
    says: "idle for so long, a connection is asked whether it lives before it is used; 0: never",
  },
  "pool.latencyTolerance": {
    default: 2,
    unit: "factor",
    range: [0, 1_000],
    says:
      "answers slower than usual by more than this factor lower the calls at once (Gradient2); 0: never",
  },
  "probe.intervalMs": {
    default: 10_000,
    unit: "ms",
    range: [0, MAX_MS],
    says: "between two looks at an endpoint (MongoDB heartbeat); 0: never by the clock",
  },
  "probe.timeoutMs": {
    default: 1_000,
    unit: "ms",
    range: [1, MAX_MS],
    says: "how long an endpoint may take to answer a look (ProxySQL)",
  },
  "probe.doubtAfterMs": {
    default: 1_000,
    unit: "ms",
    range: [1, MAX_MS],
    says:
      "without an answer for so long, holdfast asks whether the endpoint lives; sooner where it is known to be fast",
  },
  "probe.fall": {
    default: 3,
    unit: "count",
    range: [1, 100],
    says: "failures in a row, the last a probe's, after which an endpoint is down (HAProxy)",
  },
  "probe.rise": {
    default: 2,
    unit: "count",
    range: [1, 100],
    says: "answers in a row after which it is alive again (HAProxy)",
  },
  "recovery.attemptsPerRung": {
    default: 2,
    unit: "count",
    range: [1, 100],
    says: "how often each means of recovery is tried before the next",
  },
  "recovery.backoffMs": {
    default: 500,
    unit: "ms",
    range: [1, 3_600_000],
    says: "the pause after the first means; each step doubles it, with jitter",
  },
  "recovery.maxBackoffMs": {
    default: 30_000,
    unit: "ms",
    range: [1, 3_600_000],
    says: "the longest such pause",
  },
  "outlier.slownessRatio": {
    default: 3,
    unit: "factor",
    range: [1, 1_000],
    says: "slower than its own usual and than its peers by this factor, an endpoint is left out",
  },
  "outlier.minSlowerMs": {
    default: 20,
    unit: "ms",
    range: [0, MAX_MS],
    says: "and by at least so much than its peers",
  },
  "outlier.failureRatio": {
    default: 0.3,
    unit: "ratio",
    range: [0.01, 1],
    says: "so much more of its calls fail than of its peers': left out too",
  },
  "outlier.minimumCalls": {
    default: 5,
    unit: "count",
    range: [1, 1_000_000],
    says: "calls within a second that make such a judgement",
  },
  "outlier.baseEjectionMs": {
    default: 5_000,
    unit: "ms",
    range: [1, 3_600_000],
    says: "how long it is left out the first time; n times as long the nth (Envoy 30 s)",
  },
  "outlier.maxEjectionMs": {
    default: 300_000,
    unit: "ms",
    range: [1, 3_600_000],
    says: "the longest it is left out (Envoy)",
  },
  "outlier.maxEjectedRatio": {
    default: 0.5,
    unit: "ratio",
    range: [0, 1],
    says: "most endpoints left out at once, but one of two and never the last; 0: none",
  },
  "outlier.panicRatio": {
    default: 0.5,
    unit: "ratio",
    range: [0, 1],
    says: "fewer well endpoints than this share: nobody is left out for being slow (Envoy)",
  },
  "alerts.intervalMs": {
    default: 5_000,
    unit: "ms",
    range: [100, MAX_MS],
    says: "between two looks at the alert rules",
  },
  "alertRule.forMs": {
    default: 10_000,
    unit: "ms",
    range: [0, MAX_MS],
    says: "how long a value must be alarming before its alert fires: two looks",
  },
  "alertRule.clearForMs": {
    default: 10_000,
    unit: "ms",
    range: [0, MAX_MS],
    says: "how long a value must be at `clearAt` or safer before its alert is over",
  },
  rampMs: {
    default: 10_000,
    unit: "ms",
    range: [0, 3_600_000],
    says: "how long until an endpoint that came back gets all of its share; 0: at once",
  },
};
