/**
 * What the store answers: the beliefs as durations, and the pace.
 *
 * @module
 */

import {
  type Assignment,
  BELIEF_FORMAT,
  type EndpointBelief,
  type Snapshot,
} from "../model/belief.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import { size, spreadMs } from "./fleet.ts";
import { trialOf } from "./shared-circuit.ts";
import type { Assigned, Cluster, SharedEndpoint } from "./state.ts";

/** The answer at `now`. `probes`: the store looks at the endpoints itself. */
export function snapshotOf(
  cluster: Cluster,
  now: number,
  rules: ClusterRules,
  probes: boolean = false,
): Snapshot {
  const { fleet, origin, version, assignment } = cluster;
  const spread = spreadMs(fleet, now, rules);
  const pace = isBusy(cluster) ? rules.busySyncMs : rules.quietSyncMs;
  return {
    v: BELIEF_FORMAT,
    origin,
    version,
    nextSyncMs: Math.ceil(Math.max(pace, spread)),
    spreadMs: Math.ceil(spread),
    fleet: Math.round(size(fleet, now)),
    probes,
    endpoints: cluster.endpoints.map((one) => beliefOf(one, now)),
    ...(assignment === undefined ? {} : { assignment: assignmentOf(assignment, now) }),
  };
}

function assignmentOf({ at, ...rest }: Assigned, now: number): Assignment {
  return { ...rest, agoMs: Math.max(0, now - at) };
}

/** Whether anything is the matter, or was until just now. */
export function isBusy({ endpoints }: Cluster): boolean {
  return endpoints.some((one) => {
    return one.circuit.phase === "open" || one.accusers.length > 0 || one.ramp !== undefined ||
      one.heldSince !== undefined;
  });
}

function beliefOf(endpoint: SharedEndpoint, now: number): EndpointBelief {
  const { id, circuit, ramp, role, lag, removed, heldSince } = endpoint;
  return {
    id,
    ...phaseOf(endpoint, now),
    round: circuit.round,
    ...(endpoint.accusers.length > 0 ? { accused: true } : {}),
    ...(heldSince === undefined ? {} : { held: true, openForMs: Math.max(0, now - heldSince) }),
    ...(ramp === undefined
      ? {}
      : { ramp: { elapsedMs: Math.max(0, now - ramp.startedAt), overMs: ramp.overMs } }),
    ...(role === undefined ? {} : { role: wordOf(role, now) }),
    ...(lag === undefined ? {} : { lag: { lagMs: lag.lagMs, agoMs: Math.max(0, now - lag.at) } }),
    ...(removed === true ? { removed } : {}),
  };
}

function wordOf(
  { at, ...said }: NonNullable<SharedEndpoint["role"]>,
  now: number,
): NonNullable<EndpointBelief["role"]> {
  return { ...said, agoMs: Math.max(0, now - at) };
}

function phaseOf(
  { circuit }: SharedEndpoint,
  now: number,
): Pick<EndpointBelief, "phase" | "openForMs" | "remainingMs" | "openings" | "because"> {
  if (circuit.phase !== "open") return { phase: circuit.phase };
  const trial = trialOf(circuit, now);
  const { because, since, until, openings } = circuit;
  const openForMs = Math.max(0, now - since);
  if (trial !== undefined) {
    return { phase: "halfOpen", openForMs, remainingMs: trial.until - now, openings, because };
  }
  return { phase: "open", openForMs, remainingMs: Math.max(0, until - now), openings, because };
}
