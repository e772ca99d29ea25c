/**
 * holdfast keeps a serverless application connected to its database: it decides for every statement
 * where it runs, whether it may run now, what a failure means and what to do next.
 *
 * @module
 */

export { createHoldfast, createHoldfastOn, type Holdfast } from "./src/holdfast.ts";
export {
  type AvailabilitySystem,
  AvailabilitySystemBuilder,
  databaseEndpoint,
  type FurtherOptions,
  type SystemStats,
} from "./src/builder.ts";
export type { Session } from "./src/session.ts";
export type { Transaction } from "./src/transaction.ts";
export type { Sql } from "./src/spell.ts";
export type {
  BatchOptions,
  QueryOptions,
  SessionDefaults,
  SessionOptions,
  TransactionOptions,
} from "./src/options/call.ts";
export type { AlertOptions } from "./src/options/alerts.ts";
export type {
  BalanceOptions,
  CircuitSettings,
  ClassifySettings,
  EndpointOptions,
  ExecutionOptions,
  HedgeOptions,
  HoldfastOptions,
  OutlierOptions,
  PoolOptions,
  ProbeOptions,
  ReadPreferenceOptions,
  ReadPreferenceWord,
  RecoveryOptions,
} from "./src/options/types.ts";
export { OPTION_TABLE, type OptionPath, type OptionRow } from "./src/options/table.ts";
export type { CallOptionPath } from "./src/options/call-rows.ts";
export type { SharingOptions } from "./src/options/sharing.ts";
export type { SharingOptionPath } from "./src/options/sharing-rows.ts";
export type { UpkeepOptionPath } from "./src/options/upkeep-rows.ts";

export { classify, type ClassifyOptions } from "./src/statement/classify.ts";
export { sql, type SqlFragment, type SqlTag } from "./src/statement/sql-tag.ts";
export {
  type ExecutionPresets,
  ExecutionStrategy,
  type TimeoutPresets,
  TimeoutStrategy,
} from "./src/retry/execution.ts";
export {
  type CustomDelays,
  type ExponentialOptions,
  type FixedOptions,
  type Jitter,
  type LinearOptions,
  type RetryPresets,
  RetryStrategy,
} from "./src/retry/strategy.ts";
export type { Draw, Strategy, StrategyName } from "./src/balance/strategy.ts";

export { type AlertRule, DEFAULT_ALERTS } from "./src/observe/alerts.ts";
export type { Reading, ReadingName } from "./src/observe/reading.ts";

export * from "./src/errors.ts";
export type {
  Assignment,
  Command,
  EndpointBelief,
  EndpointReport,
  LagWord,
  Report,
  RoleClaim,
  Snapshot,
} from "./src/model/belief.ts";
export type { ClusterRules } from "./src/model/cluster-rules.ts";
export type { Access, Endpoint, Role, RoleWord, Tags } from "./src/model/endpoint.ts";
export type * from "./src/model/connection-event.ts";
export type * from "./src/model/event.ts";
export {
  Failure,
  type FailureFacts,
  type FailureOrigin,
  type FailurePhase,
  type ServerReport,
} from "./src/model/failure.ts";
export type { Executed, Outcome, OutcomeKind, OutcomeScope } from "./src/model/outcome.ts";
export type { ReadPreferenceMode } from "./src/model/read-preference.ts";
export type {
  Answer,
  CommandResult,
  Field,
  Result,
  Row,
  RowsResult,
  Served,
  ServerWarning,
} from "./src/model/result.ts";
export type { Classification, Dialect, Intent, QueryType } from "./src/model/statement.ts";
export type { Load, Member } from "./src/model/topology.ts";
export type {
  Alert,
  AlertSink,
  ClaimAnswer,
  ClaimRequest,
  Clock,
  Connection,
  ConnectOptions,
  Connector,
  ConnectorProblem,
  LeaseAnswer,
  LeaseRequest,
  LeasingStore,
  Observer,
  Random,
  RoleReport,
  RunOptions,
  Runtime,
  Store,
  StoreTerms,
  StrongStore,
  Timer,
  Vitals,
} from "./src/ports.ts";
export type { EndpointStats, Stats, TotalStats } from "./src/drive/statistics.ts";
export type { AcquireStats, PoolStats } from "./src/drive/pool-counts.ts";
export type { AlertStats } from "./src/drive/lookout.ts";
export type { Deliveries } from "./src/drive/courier.ts";
export type { SharingStats } from "./src/drive/sharing-stats.ts";
export type { Ticked } from "./src/drive/tick.ts";
export type { FailoverReport } from "./src/drive/steward.ts";
export type { BoundText, Isolation, TransactionTerms } from "./src/model/transaction.ts";
export type { BatchStatement } from "./src/batch.ts";
export type { EventOf } from "./src/drive/bus.ts";
