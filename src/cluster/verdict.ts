/**
 * What follows from the evidence: who is taken out for everyone, and who cannot be.
 *
 * @module
 */

import { ejectionsAllowed } from "../admit/panic.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import { findDown, fresh, lastsMs } from "./evidence.ts";
import { type Draw, open } from "./shared-circuit.ts";
import type { Cluster, SharedEndpoint } from "./state.ts";

/** Judges every endpoint, and lets go what is over. The same reference means that nothing follows. */
export function judgeAll(cluster: Cluster, now: number, draw: Draw): Cluster {
  const forMs = lastsMs(cluster.fleet, now, draw.rules);
  // One after the other: who is taken out first counts when the next one is judged.
  let judged = cluster;
  for (const { id } of cluster.endpoints) {
    const before = judged.endpoints.find((one) => one.id === id);
    if (before === undefined) continue;
    const after = judge(withoutPast(before, now, forMs), judged, now, draw);
    if (after === before) continue;
    judged = { ...judged, endpoints: judged.endpoints.map((one) => one === before ? after : one) };
  }
  return judged;
}

function judge(
  endpoint: SharedEndpoint,
  cluster: Cluster,
  now: number,
  draw: Draw,
): SharedEndpoint {
  if (endpoint.circuit.phase !== "closed") return endpoint;
  const because = findDown(endpoint, cluster.fleet, now, draw.rules);
  if (because !== undefined) {
    if (mayGo(endpoint, cluster, draw.rules)) return open(endpoint, because, now, draw);
    return endpoint.heldSince === undefined ? { ...endpoint, heldSince: now } : endpoint;
  }
  // It is held for as long as the evidence stands, not only while it grows.
  if (endpoint.heldSince === undefined || isStillAccused(endpoint)) return endpoint;
  const { heldSince: _, ...rest } = endpoint;
  return rest;
}

/** Somebody says so still, and nobody has had an answer since. */
function isStillAccused(
  { accusers, answeredAt = -Infinity, heldSince = 0 }: SharedEndpoint,
): boolean {
  return accusers.length > 0 && answeredAt < heldSince;
}

/** Evidence that is too old, and a ramp that is over. */
function withoutPast(endpoint: SharedEndpoint, now: number, forMs: number): SharedEndpoint {
  const accusers = fresh(endpoint.accusers, now, forMs);
  const current = accusers === endpoint.accusers ? endpoint : { ...endpoint, accusers };
  const { ramp, ...rest } = current;
  return ramp !== undefined && now - ramp.startedAt >= ramp.overMs ? rest : current;
}

/** Whether it may be taken out: not the last one of its kind, and no more than the ceiling. */
function mayGo(endpoint: SharedEndpoint, { endpoints }: Cluster, rules: ClusterRules): boolean {
  const members = endpoints.filter((one) => one.removed !== true);
  const out = members.filter((one) => one.circuit.phase !== "closed");
  if (out.length >= ejectionsAllowed(members.length, rules.maxEjectedRatio)) return false;
  return members.some((one) => {
    return one !== endpoint && one.id !== endpoint.id && one.circuit.phase === "closed" &&
      one.heldSince === undefined && couldReplace(one, endpoint);
  });
}

/** A primary has no other primary to take its writes; reads can go to whoever is there. */
function couldReplace(one: SharedEndpoint, endpoint: SharedEndpoint): boolean {
  return endpoint.role?.role !== "primary" || one.role?.role === "primary";
}
