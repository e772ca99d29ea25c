/**
 * The numbers about calls: time limits, circuits, retries, where reads go.
 *
 * @module
 */

import { MAX_MS, type OptionRow } from "./row.ts";

/** The paths of the options about calls. */
export type CallOptionPath =
  | "execution.timeout.connectionMs"
  | "execution.timeout.queryMs"
  | "execution.timeout.transactionMs"
  | "execution.timeout.bulkMs"
  | "circuit.consecutiveFailures"
  | "circuit.failureRatio"
  | "circuit.minimumCalls"
  | "circuit.windowMs"
  | "circuit.slowCallMs"
  | "circuit.slowCallRatio"
  | "circuit.cooldownMs"
  | "circuit.maxCooldownMs"
  | "circuit.halfOpenTrials"
  | "circuit.successesToClose"
  | "circuit.trialTimeoutMs"
  | "retryBudget.ratio"
  | "retryBudget.minRetriesPerSecond"
  | "hedge.afterMs"
  | "hedge.minMs"
  | "session.pinAfterWriteMs"
  | "closeTimeoutMs"
  | "endpoint.weight"
  | "endpoint.maxConnections"
  | "readPreference.latencyWindowMs"
  | "readPreference.maxLagMs";

/** Sources: MongoDB's specifications, Envoy, Finagle, opossum, resilience4j. */
export const CALL_ROWS: Readonly<Record<CallOptionPath, OptionRow>> = {
  "execution.timeout.connectionMs": {
    default: 5_000,
    unit: "ms",
    range: [1, MAX_MS],
    says: "how long one connect may take: name, line, TLS and login",
  },
  "execution.timeout.queryMs": {
    default: 30_000,
    unit: "ms",
    range: [1, MAX_MS],
    says: "how long a query may take, all its attempts and waits together",
  },
  "execution.timeout.transactionMs": {
    default: 60_000,
    unit: "ms",
    range: [1, MAX_MS],
    says: "how long a transaction may take, from its call to the answer of its commit",
  },
  "execution.timeout.bulkMs": {
    default: 300_000,
    unit: "ms",
    range: [1, MAX_MS],
    says: "how long a call marked `bulk: true` may take",
  },
  "circuit.consecutiveFailures": {
    default: 5,
    unit: "count",
    range: [1, 1_000_000],
    says: "failures in a row that open an endpoint's circuit (Envoy, Finagle)",
  },
  "circuit.failureRatio": {
    default: 0.5,
    unit: "ratio",
    range: [0.01, 1],
    says: "share of failed calls in the window that opens it (opossum)",
  },
  "circuit.minimumCalls": {
    default: 10,
    unit: "count",
    range: [1, 1_000_000],
    says: "calls in the window before a ratio counts; a hundred would suit no isolate",
  },
  "circuit.windowMs": {
    default: 10_000,
    unit: "ms",
    range: [100, 3_600_000],
    says: "how far back the ratios look (opossum)",
  },
  "circuit.slowCallMs": {
    default: 1_000,
    unit: "ms",
    range: [1, MAX_MS],
    says: "what counts as a slow call, where `slowCallRatio` is given",
  },
  "circuit.slowCallRatio": {
    default: undefined,
    unit: "ratio",
    range: [0.01, 1],
    says: "share of slow calls that opens the circuit (resilience4j); off unless given",
  },
  "circuit.cooldownMs": {
    default: 1_000,
    unit: "ms",
    range: [1, 3_600_000],
    says: "the first pause of an open circuit; doubles with each reopening, with jitter",
  },
  "circuit.maxCooldownMs": {
    default: 30_000,
    unit: "ms",
    range: [1, 3_600_000],
    says: "the longest pause of an open circuit",
  },
  "circuit.halfOpenTrials": {
    default: 1,
    unit: "count",
    range: [1, 1_000],
    says: "calls let through at once while the circuit is half-open",
  },
  "circuit.successesToClose": {
    default: 2,
    unit: "count",
    range: [1, 1_000],
    says: "trials in a row that must succeed before it closes (HAProxy rise 2)",
  },
  "circuit.trialTimeoutMs": {
    default: 30_000,
    unit: "ms",
    range: [1, MAX_MS],
    says: "a trial without a result for so long is given up for lost",
  },
  "retryBudget.ratio": {
    default: 0.2,
    unit: "ratio",
    range: [0, 1],
    says: "retries allowed per call, over ten seconds (Finagle)",
  },
  "retryBudget.minRetriesPerSecond": {
    default: 10,
    unit: "count",
    range: [0, 100_000],
    says: "retries always allowed, however quiet it is (Finagle)",
  },
  "hedge.afterMs": {
    default: undefined,
    unit: "ms",
    range: [1, MAX_MS],
    says: "a read without an answer for so long is sent to a second endpoint too; off unless given",
  },
  "hedge.minMs": {
    default: 5,
    unit: "ms",
    range: [1, MAX_MS],
    says: 'with `after: "p95"`: never sooner, however fast the endpoint (Finagle: 1 ms)',
  },
  "session.pinAfterWriteMs": {
    default: 2_000,
    unit: "ms",
    range: [0, MAX_MS],
    says: "how long after its own write a session reads from the primary",
  },
  closeTimeoutMs: {
    default: 5_000,
    unit: "ms",
    range: [0, MAX_MS],
    says: "how long close() lets running work finish before it cuts it",
  },
  "endpoint.weight": {
    default: 1,
    unit: "count",
    range: [0, 1_000_000],
    says: "an endpoint's share of the load; 0: standby only",
  },
  "endpoint.maxConnections": {
    default: undefined,
    unit: "count",
    range: [1, 10_000],
    says: "most connections to this endpoint; `pool.max` unless given",
  },
  "readPreference.latencyWindowMs": {
    default: 15,
    unit: "ms",
    range: [0, 60_000],
    says: "`nearest`: how much slower than the fastest is still near (MongoDB)",
  },
  "readPreference.maxLagMs": {
    default: undefined,
    unit: "ms",
    range: [1, MAX_MS],
    says: "a replica that was further behind when last measured serves no read; any unless given",
  },
};
