/**
 * Checks and completes what is said about sharing.
 *
 * @module
 */

import type { Settings, SharingSettings } from "../drive/settings.ts";
import { CLUSTER_DEFAULTS, type ClusterRules } from "../model/cluster-rules.ts";
import type { Store } from "../ports.ts";
import type { Inspector } from "./inspector.ts";

/** How what isolates know of the endpoints is shared. */
export interface SharingOptions {
  readonly timeoutMs?: number;
  readonly coldWaitMs?: number;
  readonly quietSyncMs?: number;
  readonly busySyncMs?: number;
  readonly syncsPerSecond?: number;
  readonly quorumRatio?: number;
}

const KEYS = [
  "timeoutMs",
  "coldWaitMs",
  "quietSyncMs",
  "busySyncMs",
  "syncsPerSecond",
  "quorumRatio",
];

/** The settings of `store` and `sharing`; the fleet's circuits and ramps go by what is said of the isolate's own. */
export function readSharing(
  inspector: Inspector,
  given: Readonly<Record<string, unknown>>,
  { circuit, outlier, rampMs }: Pick<Settings, "circuit" | "outlier" | "rampMs">,
): SharingSettings {
  const numbers = inspector.group("sharing", given["sharing"], KEYS);
  const { timeoutMs = 0, coldWaitMs = 0, quietSyncMs = 0, busySyncMs = 0 } = numbers;
  if (busySyncMs > quietSyncMs) {
    inspector.refuse("sharing.busySyncMs", busySyncMs, `at most quietSyncMs (${quietSyncMs})`);
  }
  const rules: ClusterRules = {
    ...CLUSTER_DEFAULTS,
    // Who is heard seldom is believed for as long.
    evidenceMs: Math.max(CLUSTER_DEFAULTS.evidenceMs, 3 * quietSyncMs),
    quietSyncMs,
    busySyncMs,
    syncsPerSecond: numbers["syncsPerSecond"] ?? CLUSTER_DEFAULTS.syncsPerSecond,
    quorumRatio: numbers["quorumRatio"] ?? CLUSTER_DEFAULTS.quorumRatio,
    cooldownMs: circuit.cooldownMs,
    maxCooldownMs: circuit.maxCooldownMs,
    maxEjectedRatio: outlier.maxEjectedRatio,
    panicRatio: outlier.panicRatio,
    rampMs,
  };
  return { store: readStore(inspector, given["store"]), timeoutMs, coldWaitMs, rules };
}

function readStore(inspector: Inspector, value: unknown): Store | undefined {
  if (value === undefined || isStore(value)) return value;
  inspector.refuse("store", value, "a store: memoryStore(), redisStore(…), durableObject(…), …");
  return undefined;
}

function isStore(value: unknown): value is Store {
  if (typeof value !== "object" || value === null) return false;
  const store = value as Record<string, unknown>; // whatever it has, its own or its class's
  const can = (...methods: string[]): boolean => {
    return methods.every((method) => typeof store[method] === "function");
  };
  if (typeof store["name"] !== "string" || !can("sync")) return false;
  switch (store["consistency"]) {
    case "advisory":
      return true;
    case "strong":
      return can("claim", "command");
    default:
      return false;
  }
}
