/**
 * When a store that can wake up by itself has to look at its state again, though nobody calls.
 *
 * @module
 */

import type { ClusterRules } from "../model/cluster-rules.ts";
import { hearingOverAt, lastsMs } from "./evidence.ts";
import { othersPresent } from "./fleet.ts";
import { isBusy } from "./snapshot.ts";
import { trialOf } from "./shared-circuit.ts";
import type { Cluster, SharedEndpoint } from "./state.ts";

/** What is due. */
export interface Due {
  /** Endpoints whose trial may be claimed now. */
  readonly trials: readonly string[];
  /** In how long something is due again; `undefined`: not until somebody calls. */
  readonly wakeInMs: number | undefined;
}

/** What is due at `now`. */
export function due(cluster: Cluster, now: number, rules: ClusterRules): Due {
  const trials = cluster.endpoints.filter((one) => isTrialDue(one, now)).map((one) => one.id);
  const evidenceMs = lastsMs(cluster.fleet, now, rules);
  const instants = cluster.endpoints.flatMap((one) => instantsOf(one, evidenceMs, rules))
    .filter((instant) => instant > now);
  return { trials, wakeInMs: wakeInMs(cluster, trials.length > 0, instants, { now, rules }) };
}

function isTrialDue({ circuit }: SharedEndpoint, now: number): boolean {
  return circuit.phase === "open" && circuit.until <= now && trialOf(circuit, now) === undefined;
}

/** When something ends or begins by itself. */
function instantsOf(
  endpoint: SharedEndpoint,
  evidenceMs: number,
  rules: ClusterRules,
): readonly number[] {
  const { circuit, ramp, accusers } = endpoint;
  const instants: number[] = [];
  if (circuit.phase === "open") instants.push(circuit.until, circuit.trial?.until ?? 0);
  if (ramp !== undefined) instants.push(ramp.startedAt + ramp.overMs);
  if (accusers.length > 0) instants.push(hearingOverAt(endpoint, rules));
  // Evidence counts up to and with that instant.
  return [...instants, ...accusers.map((one) => one.lastAt + evidenceMs + 1)];
}

/** While nobody is there only what ends by itself is waited for. */
function wakeInMs(
  cluster: Cluster,
  isTrialDue: boolean,
  instants: readonly number[],
  { now, rules }: { readonly now: number; readonly rules: ClusterRules },
): number | undefined {
  const { quietSyncMs, busySyncMs, evidenceMs } = rules;
  const soonest = Math.ceil(Math.min(...instants) - now);
  const isSomebodyThere = othersPresent(cluster.fleet, [], now, { evidenceMs }) > 0;
  if (isTrialDue || (isSomebodyThere && isBusy(cluster))) return Math.min(soonest, busySyncMs);
  if (isSomebodyThere) return Math.min(soonest, quietSyncMs);
  return Number.isFinite(soonest) ? soonest : undefined;
}
