/**
 * What people write down. `table.ts` holds the defaults, ranges and meanings of every number.
 *
 * @module
 */

import type { Strategy, StrategyName } from "../balance/strategy.ts";
import type { RoleWord, Tags } from "../model/endpoint.ts";
import type { ReadPreferenceMode } from "../model/read-preference.ts";
import type { Connector, Observer, Store } from "../ports.ts";
import type { TimeoutStrategy } from "../retry/execution.ts";
import type { RetryStrategy } from "../retry/strategy.ts";
import type { AlertOptions } from "./alerts.ts";
import type { SharingOptions } from "./sharing.ts";

/** One endpoint, as people declare it. */
export interface EndpointOptions {
  /** A name of your own, unique among the endpoints: it appears in results, events and errors. */
  readonly id: string;
  /** What opens connections: `postgres("postgres://…")` from `holdfast/postgres`. */
  readonly connector: Connector;
  /** Its role where you know it; holdfast finds it out and corrects it anyway. */
  readonly role?: RoleWord;
  /** Share of the load; 0: standby only, used when nothing else is left. @default {1} */
  readonly weight?: number;
  /** Facts about the place, such as `{ region: "eu" }`, for reads that ask for tags. @default {{}} */
  readonly tags?: Tags;
  /** Whether `failover` may promote its database; otherwise only roles are switched. @default {true} */
  readonly promotable?: boolean;
  /** Most connections to this endpoint. @default {`pool.max`} */
  readonly maxConnections?: number;
}

/** A read preference's accepted words: MongoDB's, and `replica` for `secondary`. */
export type ReadPreferenceWord = ReadPreferenceMode | "replica" | "replicaPreferred";

/** Where reads may run. */
export interface ReadPreferenceOptions {
  readonly mode: ReadPreferenceWord;
  /** Tag sets in order of preference; the first that some endpoint matches wins. */
  readonly tags?: Tags | readonly Tags[];
  /** `nearest`: how much slower than the fastest is still near. @default {15} */
  readonly latencyWindowMs?: number;
  /**
   * A replica that was further behind its primary when last measured serves none of these reads. It is
   * measured with every full probe, so a read may be older by `probe.intervalMs`. A call or session whose preference says
   * nothing of it keeps the session's, or the holdfast's own. @default {undefined}: any
   */
  readonly maxLagMs?: number;
}

/** How load is spread: a name, a function of your own, or weighted round robin with its weights. */
export type BalanceOptions =
  | StrategyName
  | Strategy
  | {
    readonly strategy: "weightedRoundRobin";
    readonly weights: Readonly<Record<string, number>>;
  };

/** Retries and time limits. */
export interface ExecutionOptions {
  /** @default {RetryStrategy.exponential()} */
  readonly retry?: RetryStrategy;
  /** @default {TimeoutStrategy.default()} */
  readonly timeout?: Partial<TimeoutStrategy>;
}

/** When an endpoint is left alone, and how it comes back. */
export interface CircuitSettings {
  readonly consecutiveFailures?: number;
  readonly failureRatio?: number;
  readonly minimumCalls?: number;
  readonly windowMs?: number;
  readonly slowCallMs?: number;
  readonly slowCallRatio?: number;
  readonly cooldownMs?: number;
  readonly maxCooldownMs?: number;
  readonly halfOpenTrials?: number;
  readonly successesToClose?: number;
  readonly trialTimeoutMs?: number;
}

/**
 * When a read that takes long is sent to a second endpoint as well: after a fixed time, or once 95 % of the
 * first endpoint's answers of the last 10 to 20 seconds had come, if there were at least ten.
 */
export type HedgeOptions =
  | { readonly afterMs: number }
  | { readonly after: "p95"; readonly minMs?: number };

/** The connections to each endpoint. */
export interface PoolOptions {
  readonly min?: number;
  readonly max?: number;
  readonly maxQueue?: number;
  readonly maxConnecting?: number;
  readonly acquireTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly maxLifetimeMs?: number;
  readonly validateAfterIdleMs?: number;
  readonly latencyTolerance?: number;
}

/** How endpoints are looked at. */
export interface ProbeOptions {
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly doubtAfterMs?: number;
  readonly fall?: number;
  readonly rise?: number;
}

/** What is done about an endpoint that is down: refresh, rebuild the pool, rebuild the client, isolate. */
export interface RecoveryOptions {
  readonly attemptsPerRung?: number;
  readonly backoffMs?: number;
  readonly maxBackoffMs?: number;
  /**
   * Whether the last means, for a primary, is a failover to the replica that has most. Without synchronous
   * replication that loses what no replica had received, and it does not stop an old primary that still lives for
   * others: read README's "Failover" before you say "automatic". @default {"manual"}
   */
  readonly failover?: "manual" | "automatic";
}

/** When an endpoint is left out for doing worse than its peers. */
export interface OutlierOptions {
  readonly slownessRatio?: number;
  readonly minSlowerMs?: number;
  readonly failureRatio?: number;
  readonly minimumCalls?: number;
  readonly baseEjectionMs?: number;
  readonly maxEjectionMs?: number;
  readonly maxEjectedRatio?: number;
  readonly panicRatio?: number;
}

/** What a statement's text cannot tell about functions of your own. Names, with or without a schema. */
export interface ClassifySettings {
  /** They write: a `SELECT` that calls one goes to the primary. @default {[]} */
  readonly writingFunctions?: readonly string[];
  /** They only read: a `SELECT` that calls one and reads no table is a read all the same. @default {[]} */
  readonly readingFunctions?: readonly string[];
}

/** Everything `createHoldfast` takes. Numbers, defaults and ranges: `OPTION_TABLE`. */
export interface HoldfastOptions {
  readonly endpoints: readonly EndpointOptions[];
  /** @default {"primary"} */
  readonly readPreference?: ReadPreferenceWord | ReadPreferenceOptions;
  /** @default {"p2c"} */
  readonly balance?: BalanceOptions;
  readonly execution?: ExecutionOptions;
  readonly circuit?: CircuitSettings;
  readonly retryBudget?: { readonly ratio?: number; readonly minRetriesPerSecond?: number };
  /**
   * The second attempt counts among `maxAttempts` and is paid for by the retry budget; the slower one is
   * cancelled on its server, at the price of its connection.
   *
   * @default {false}
   */
  readonly hedge?: HedgeOptions | false;
  readonly pool?: PoolOptions;
  readonly probe?: ProbeOptions;
  readonly recovery?: RecoveryOptions;
  readonly outlier?: OutlierOptions;
  readonly rampMs?: number;
  /**
   * Keeps what all isolates or processes believe of the endpoints: `durableObject(…)` or `workersKv(…)` from
   * `holdfast/cloudflare`, `denoKvStore(…)` from `holdfast/deno`, `redisStore(…)` from `holdfast/redis`,
   * `memoryStore()` from `holdfast/memory`. No call waits for it. @default {undefined}: each goes by itself
   */
  readonly store?: Store;
  readonly sharing?: SharingOptions;
  /** What is watched, and who is told; `false`: nothing is. */
  readonly alerts?: AlertOptions | false;
  readonly classify?: ClassifySettings;
  readonly session?: { readonly pinAfterWriteMs?: number };
  readonly closeTimeoutMs?: number;
  /** Hears every event. */
  readonly observer?: Observer;
}
