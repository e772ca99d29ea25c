/**
 * Options → settings: checked, completed, normalised.
 *
 * @module
 */

import type { CircuitOptions } from "../admit/circuit.ts";
import { STRATEGY_NAMES, strategyFor } from "../balance/mod.ts";
import type { Strategy } from "../balance/strategy.ts";
import { OUTLIER_DEFAULTS } from "../admit/outlier.ts";
import type { OutlierSettings, RecoverySettings, Settings, Station } from "../drive/settings.ts";
import type { LadderOptions } from "../health/ladder.ts";
import { READ_PREFERENCE_MODES, type ReadPreference } from "../model/read-preference.ts";
import type { Tags } from "../model/endpoint.ts";
import type { Observer } from "../ports.ts";
import { BUDGET_DEFAULTS, type BudgetOptions } from "../retry/budget.ts";
import type { TimeoutStrategy } from "../retry/execution.ts";
import { RetryStrategy } from "../retry/strategy.ts";
import { readAlerts } from "./alerts.ts";
import { readEndpoints, readTags } from "./endpoints.ts";
import { readHedge, refuseLoneHedge } from "./hedge.ts";
import { at, Inspector } from "./inspector.ts";
import { readRetry } from "./retry.ts";
import { readSharing } from "./sharing.ts";

const KNOWN = [
  "endpoints",
  "readPreference",
  "balance",
  "execution",
  "circuit",
  "retryBudget",
  "hedge",
  "pool",
  "probe",
  "recovery",
  "outlier",
  "rampMs",
  "store",
  "sharing",
  "alerts",
  "classify",
  "session",
  "closeTimeoutMs",
  "observer",
];

const CIRCUIT = [
  "consecutiveFailures",
  "failureRatio",
  "minimumCalls",
  "windowMs",
  "slowCallMs",
  "slowCallRatio",
  "cooldownMs",
  "maxCooldownMs",
  "halfOpenTrials",
  "successesToClose",
  "trialTimeoutMs",
];
const POOL = [
  "min",
  "max",
  "maxQueue",
  "maxConnecting",
  "acquireTimeoutMs",
  "idleTimeoutMs",
  "maxLifetimeMs",
  "validateAfterIdleMs",
  "latencyTolerance",
];
const PROBE = ["intervalMs", "timeoutMs", "doubtAfterMs", "fall", "rise"];
const RECOVERY = ["attemptsPerRung", "backoffMs", "maxBackoffMs"];
const OUTLIER = [
  "slownessRatio",
  "minSlowerMs",
  "failureRatio",
  "minimumCalls",
  "baseEjectionMs",
  "maxEjectionMs",
  "maxEjectedRatio",
  "panicRatio",
];
const TIMEOUT = ["connectionMs", "queryMs", "transactionMs", "bulkMs"];

/** What the options came to. */
export interface Resolved {
  readonly settings: Settings;
  readonly stations: readonly Station[];
}

/** Throws one `OptionError` that lists every problem. */
export function resolveOptions(options: unknown): Resolved {
  const inspector = new Inspector();
  const given = inspector.record("options", options);
  inspector.onlyKnown("", given, KNOWN);
  const stations = readEndpoints(inspector, given["endpoints"]);
  const execution = inspector.record("execution", given["execution"]);
  inspector.onlyKnown("execution", execution, ["retry", "timeout"]);
  const timeout = inspector.group("execution.timeout", execution["timeout"], TIMEOUT);
  const pool = readPool(inspector, given["pool"]);
  const session = inspector.group("session", given["session"], ["pinAfterWriteMs"]);
  const circuit = readCircuit(inspector, given["circuit"]);
  const outlier = readOutlier(inspector, given["outlier"]);
  const rampMs = inspector.number("rampMs", given["rampMs"]) ?? 0;
  const settings = {
    readPreference: readPreference(inspector, given["readPreference"]),
    balance: readBalance(inspector, given["balance"]),
    execution: {
      retry: readRetry(inspector, execution["retry"]) ?? RetryStrategy.exponential(),
      timeout: timeout as unknown as TimeoutStrategy,
    },
    circuit,
    retryBudget: {
      ...inspector.group("retryBudget", given["retryBudget"], ["ratio", "minRetriesPerSecond"]),
      ttlMs: BUDGET_DEFAULTS.ttlMs,
    } as BudgetOptions,
    hedge: readHedge(inspector, given["hedge"]),
    pool: { ...pool, connectTimeoutMs: timeout["connectionMs"] } as unknown as Settings["pool"],
    probe: inspector.group("probe", given["probe"], PROBE) as unknown as Settings["probe"],
    recovery: readRecovery(inspector, given["recovery"]),
    outlier,
    rampMs,
    sharing: readSharing(inspector, given, { circuit, outlier, rampMs }),
    alerts: readAlerts(inspector, given["alerts"]),
    ...readClassify(inspector, given["classify"]),
    pinAfterWriteMs: session["pinAfterWriteMs"] ?? 0,
    closeTimeoutMs: inspector.number("closeTimeoutMs", given["closeTimeoutMs"]) ?? 0,
    observer: readObserver(inspector, given["observer"]),
  } satisfies Settings;
  refuseLoneHedge(inspector, settings.hedge, settings.execution.retry);
  inspector.finish();
  return { settings, stations };
}

const MODE_WORDS = [...READ_PREFERENCE_MODES, "replica", "replicaPreferred"] as const;

/** A read preference, from its word or its object. @default {"primary"}: never an old row by surprise */
export function readPreference(
  inspector: Inspector,
  value: unknown,
  path = "readPreference",
): ReadPreference {
  const given = typeof value === "object" ? inspector.record(path, value) : { mode: value };
  inspector.onlyKnown(path, given, ["mode", "tags", "latencyWindowMs", "maxLagMs"]);
  const word = given["mode"] === undefined
    ? "primary"
    : inspector.word(typeof value === "object" ? `${path}.mode` : path, given["mode"], MODE_WORDS);
  return {
    mode: word === "replica"
      ? "secondary"
      : word === "replicaPreferred"
      ? "secondaryPreferred"
      : word ?? "primary",
    tags: readTagSets(inspector, `${path}.tags`, given["tags"]),
    latencyWindowMs: inspector.number(
      "readPreference.latencyWindowMs",
      given["latencyWindowMs"],
      `${path}.latencyWindowMs`,
    ) ?? 0,
    maxLagMs: inspector.number("readPreference.maxLagMs", given["maxLagMs"], `${path}.maxLagMs`),
  };
}

function readTagSets(inspector: Inspector, path: string, value: unknown): Tags[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [readTags(inspector, path, value)];
  return value.map((set: unknown, i) => readTags(inspector, `${path}[${i}]`, set));
}

function readBalance(inspector: Inspector, value: unknown): Strategy {
  if (typeof value === "function") return value as Strategy;
  if (typeof value === "object" && value !== null) {
    const given = inspector.record("balance", value);
    inspector.onlyKnown("balance", given, ["strategy", "weights"]);
    inspector.word("balance.strategy", given["strategy"], ["weightedRoundRobin"]);
    return strategyFor("weightedRoundRobin", readWeights(inspector, given["weights"]));
  }
  const name = value === undefined ? "p2c" : inspector.word("balance", value, STRATEGY_NAMES);
  return strategyFor(name ?? "p2c");
}

function readWeights(inspector: Inspector, value: unknown): Record<string, number> {
  const weights: Record<string, number> = {};
  for (const [id, weight] of Object.entries(inspector.record("balance.weights", value))) {
    weights[id] = inspector.number("endpoint.weight", weight, at("balance.weights", id)) ?? 0;
  }
  return weights;
}

function readCircuit(inspector: Inspector, value: unknown): CircuitOptions {
  const circuit = inspector.group("circuit", value, CIRCUIT);
  refuseReversed(inspector, "circuit", circuit, ["cooldownMs", "maxCooldownMs"]);
  return circuit as unknown as CircuitOptions;
}

function readOutlier(inspector: Inspector, value: unknown): OutlierSettings {
  const outlier = inspector.group("outlier", value, OUTLIER);
  refuseReversed(inspector, "outlier", outlier, ["baseEjectionMs", "maxEjectionMs"]);
  return { ...OUTLIER_DEFAULTS, ...outlier } as OutlierSettings;
}

/** The longest of something must not be shorter than the first. */
function refuseReversed(
  inspector: Inspector,
  path: string,
  group: Readonly<Record<string, number | undefined>>,
  [first, longest]: readonly [string, string],
): void {
  const { [first]: firstMs = 0, [longest]: longestMs = 0 } = group;
  if (longestMs >= firstMs) return;
  inspector.refuse(`${path}.${longest}`, longestMs, `at least ${first} (${firstMs})`);
}

function readPool(inspector: Inspector, value: unknown): Readonly<Record<string, unknown>> {
  const pool = inspector.group("pool", value, POOL);
  const { min = 0, max = 0, latencyTolerance = 0 } = pool;
  if (min > max) inspector.refuse("pool.min", min, `at most pool.max (${max})`);
  // As slow as usual would be too slow, and the headroom a division by zero.
  if (latencyTolerance > 0 && latencyTolerance <= 1) {
    inspector.refuse("pool.latencyTolerance", latencyTolerance, "0, or more than 1");
  }
  return pool;
}

function readRecovery(inspector: Inspector, value: unknown): RecoverySettings {
  const { failover, ...numbers } = inspector.record("recovery", value);
  const words = ["manual", "automatic"] as const;
  const ladder = inspector.group("recovery", numbers, RECOVERY);
  refuseReversed(inspector, "recovery", ladder, ["backoffMs", "maxBackoffMs"]);
  return {
    ...ladder as unknown as LadderOptions,
    failover: failover === undefined
      ? "manual"
      : inspector.word("recovery.failover", failover, words) ?? "manual",
  };
}

function readClassify(
  inspector: Inspector,
  value: unknown,
): Pick<Settings, "writingFunctions" | "readingFunctions"> {
  const given = inspector.record("classify", value);
  inspector.onlyKnown("classify", given, ["writingFunctions", "readingFunctions"]);
  return {
    writingFunctions: readFunctions(inspector, "writingFunctions", given),
    readingFunctions: readFunctions(inspector, "readingFunctions", given),
  };
}

function readFunctions(
  inspector: Inspector,
  key: string,
  given: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = given[key] ?? [];
  if (Array.isArray(names) && names.every((name) => typeof name === "string" && name !== "")) {
    return names as string[];
  }
  inspector.refuse(`classify.${key}`, names, "a list of function names");
  return [];
}

function readObserver(inspector: Inspector, value: unknown): Observer | undefined {
  if (value === undefined || typeof value === "function") return value as Observer | undefined;
  inspector.refuse("observer", value, "a function");
  return undefined;
}
