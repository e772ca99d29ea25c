/**
 * When a store that can wake up by itself has to look at its state again, though nobody calls.
 *
 * @module
 */

import type { ClusterRules } from "../model/cluster-rules.ts";
import { hearingOverAt } from "./evidence.ts";
import { isBusy } from "./snapshot.ts";
import { trialOf } from "./shared-circuit.ts";
import type { Cluster } from "./state.ts";

/** What is due. */
export interface Due {
  /** Endpoints whose trial may be claimed now. */
  readonly trials: readonly string[];
  /** In how long something is due again; `undefined`: not until somebody calls. */
  readonly wakeInMs: number | undefined;
}

/** What is due at `now`. */
export function due(cluster: Cluster, now: number, rules: ClusterRules): Due {
  const trials: string[] = [];
  const instants: number[] = [];
  for (const endpoint of cluster.endpoints) {
    const { circuit, ramp, accusers } = endpoint;
    if (circuit.phase === "open") {
      const trial = trialOf(circuit, now);
      if (trial !== undefined) instants.push(trial.until);
      else if (circuit.until > now) instants.push(circuit.until);
      else trials.push(endpoint.id);
    }
    if (ramp !== undefined) instants.push(ramp.startedAt + ramp.overMs);
    const hearing = accusers.length > 0 ? hearingOverAt(endpoint, rules) : 0;
    if (hearing > now) instants.push(hearing);
  }
  return { trials, wakeInMs: wakeInMs(cluster, instants, now, rules) };
}

function wakeInMs(
  cluster: Cluster,
  instants: readonly number[],
  now: number,
  { quietSyncMs, busySyncMs, evidenceMs }: ClusterRules,
): number | undefined {
  const soonest = Math.min(...instants);
  if (isBusy(cluster)) return Math.max(1, Math.min(soonest - now, busySyncMs));
  const heardAt = Math.max(
    -Infinity,
    ...cluster.fleet.reporters.filter((r) => !r.prober).map((r) => r.at),
  );
  return now - heardAt <= evidenceMs ? quietSyncMs : undefined;
}
