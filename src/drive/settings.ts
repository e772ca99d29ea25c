/**
 * The options after they were checked, completed and normalised: what the drive reads.
 *
 * @module
 */

import type { CircuitOptions } from "../admit/circuit.ts";
import type { OutlierOptions } from "../admit/outlier.ts";
import type { Strategy } from "../balance/strategy.ts";
import type { LadderOptions } from "../health/ladder.ts";
import type { SuspicionOptions } from "../health/suspicion.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { ReadPreference } from "../model/read-preference.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import type { AlertRule } from "../observe/alerts.ts";
import type { AlertSink, Connector, Observer, Store } from "../ports.ts";
import type { BudgetOptions } from "../retry/budget.ts";
import type { ExecutionStrategy } from "../retry/execution.ts";
import type { HedgeStrategy } from "../retry/hedge.ts";
import type { OwnFunctions } from "./plan.ts";
import type { PoolLimits } from "./pool-limits.ts";

/** A declared endpoint with what opens connections to it. */
export interface Station {
  readonly endpoint: Endpoint;
  readonly connector: Connector;
  /** Most connections, where the endpoint has its own limit. */
  readonly maxConnections: number | undefined;
}

/** How and when endpoints are looked at. */
export interface ProbeSettings extends SuspicionOptions {
  /** Between two probes of one endpoint; 0: never by the clock. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** A statement without an answer for this long makes holdfast ask whether the endpoint lives. */
  readonly doubtAfterMs: number;
}

/** What is done about an endpoint that is down. */
export interface RecoverySettings extends LadderOptions {
  /** Whether a primary that nothing brings back is failed over from without a person. */
  readonly failover: "manual" | "automatic";
}

/** When an endpoint is left out for doing worse than its peers. */
export interface OutlierSettings extends OutlierOptions {
  /** Most that may be left out at once, as a share of all. */
  readonly maxEjectedRatio: number;
  /** Fewer well ones than this share, and ejections are ignored. */
  readonly panicRatio: number;
}

/** When alerts are told, and to whom besides the listeners of events. */
export interface AlertSettings {
  /** None: nothing is looked at. */
  readonly rules: readonly AlertRule[];
  readonly deliver: readonly AlertSink[];
  /** Between two looks at the rules. */
  readonly intervalMs: number;
}

/** What is shared with other isolates, and how. */
export interface SharingSettings {
  /** `undefined`: each isolate goes by itself. */
  readonly store: Store | undefined;
  /** How long one call to the store may take. */
  readonly timeoutMs: number;
  /** How long the first calls of an isolate wait for what others believe; 0: not at all. */
  readonly coldWaitMs: number;
  readonly rules: ClusterRules;
}

/** Everything the drive is told. */
export interface Settings extends OwnFunctions {
  readonly readPreference: ReadPreference;
  readonly balance: Strategy;
  readonly execution: ExecutionStrategy;
  readonly circuit: CircuitOptions;
  readonly retryBudget: BudgetOptions;
  readonly pool: Omit<PoolLimits, "validateTimeoutMs"> & {
    readonly acquireTimeoutMs: number;
    /** How much slower than usual answers may be before fewer calls are let through at once; 0: any. */
    readonly latencyTolerance: number;
  };
  /** When a read is sent to a second endpoint; `undefined`: never. */
  readonly hedge: HedgeStrategy | undefined;
  readonly probe: ProbeSettings;
  readonly recovery: RecoverySettings;
  readonly outlier: OutlierSettings;
  /** How long until an endpoint that came back gets all of its share; 0: at once. */
  readonly rampMs: number;
  readonly alerts: AlertSettings;
  readonly sharing: SharingSettings;
  /** How long after its own write a session reads from the primary. */
  readonly pinAfterWriteMs: number;
  readonly closeTimeoutMs: number;
  readonly observer: Observer | undefined;
}
