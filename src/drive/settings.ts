/**
 * The options after they were checked, completed and normalised: what the drive reads.
 *
 * @module
 */

import type { CircuitOptions } from "../admit/circuit.ts";
import type { Strategy } from "../balance/strategy.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { ReadPreference } from "../model/read-preference.ts";
import type { Connector, Observer } from "../ports.ts";
import type { BudgetOptions } from "../retry/budget.ts";
import type { ExecutionStrategy } from "../retry/execution.ts";
import type { HedgeStrategy } from "../retry/hedge.ts";
import type { OwnFunctions } from "./plan.ts";
import type { PoolLimits } from "./pool.ts";

/** A declared endpoint with what opens connections to it. */
export interface Station {
  readonly endpoint: Endpoint;
  readonly connector: Connector;
  /** Most connections, where the endpoint has its own limit. */
  readonly maxConnections: number | undefined;
}

/** How and when endpoints are looked at. */
export interface ProbeSettings {
  /** Between two probes of one endpoint; 0: never by the clock. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** A statement without an answer for this long makes holdfast ask whether the endpoint lives. */
  readonly doubtAfterMs: number;
}

/** Everything the drive is told. */
export interface Settings extends OwnFunctions {
  readonly readPreference: ReadPreference;
  readonly balance: Strategy;
  readonly execution: ExecutionStrategy;
  readonly circuit: CircuitOptions;
  readonly retryBudget: BudgetOptions;
  /** When a read is sent to a second endpoint; `undefined`: never. */
  readonly hedge: HedgeStrategy | undefined;
  readonly pool: PoolLimits & { readonly acquireTimeoutMs: number };
  readonly probe: ProbeSettings;
  /** How long after its own write a session reads from the primary. */
  readonly pinAfterWriteMs: number;
  readonly closeTimeoutMs: number;
  readonly observer: Observer | undefined;
}
