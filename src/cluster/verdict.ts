/**
 * What follows from the evidence: who is taken out for everyone, and who cannot be.
 *
 * @module
 */

import { ejectionsAllowed, isPanic } from "../admit/panic.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import { findDown, fresh, lastsMs } from "./evidence.ts";
import { COVER_MS } from "./mass.ts";
import { type Draw, hold, open } from "./shared-circuit.ts";
import type { Cluster, SharedEndpoint } from "./state.ts";

/** Who answered within this time can stand in for another: a minute, as long as its users are counted. */
const USEFUL_MS = COVER_MS;
/** Endpoints that nobody speaks of for so long are forgotten, ours: an hour. */
const FORGET_MS = 3_600_000;

/** Judges every endpoint, and lets go what is over. The same reference means that nothing follows. */
export function judgeAll(cluster: Cluster, now: number, draw: Draw): Cluster {
  const forMs = lastsMs(cluster.fleet, now, draw.rules);
  // One after the other: who is taken out first counts when the next one is judged.
  let judged = remembered(cluster, now);
  for (const { id } of judged.endpoints) {
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
  if (endpoint.removed === true || endpoint.circuit.phase === "isolated") return endpoint;
  if (endpoint.circuit.phase === "open") {
    return mayStay(endpoint, cluster, draw.rules) ? endpoint : hold(endpoint, now);
  }
  const because = findDown(endpoint, cluster.fleet, now, draw.rules);
  if (because !== undefined) {
    return mayGo(endpoint, cluster, now, draw.rules)
      ? open(endpoint, because, now, draw)
      : isMetByCalls(endpoint)
      ? hold(endpoint, now)
      : endpoint;
  }
  // It is held for as long as the evidence stands, not only while it grows.
  if (endpoint.heldSince === undefined || isStillAccused(endpoint)) return endpoint;
  const { heldSince: _, ...rest } = endpoint;
  return rest;
}

/** Nobody hesitates before the last of its kind because a prober alone cannot reach it. */
function isMetByCalls({ accusers }: SharedEndpoint): boolean {
  return accusers.some((one) => !one.prober);
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

/** Without those that nobody has spoken of for so long: they were renamed, or are used no more. */
function remembered(cluster: Cluster, now: number): Cluster {
  const endpoints = cluster.endpoints.filter(({ heardAt, removed, circuit }) => {
    return now - heardAt <= FORGET_MS || removed === true || circuit.phase === "isolated";
  });
  return endpoints.length === cluster.endpoints.length ? cluster : { ...cluster, endpoints };
}

/** One that is in but has not answered lately, if ever, is no help to anybody. */
function isUseful(
  { circuit, answeredAt = -Infinity, heldSince }: SharedEndpoint,
  now: number,
): boolean {
  return circuit.phase !== "closed" || heldSince !== undefined || now - answeredAt <= USEFUL_MS;
}

/** Whether it may be taken out: not the last one of its kind, and no more than the ceiling. */
function mayGo(
  endpoint: SharedEndpoint,
  cluster: Cluster,
  now: number,
  rules: ClusterRules,
): boolean {
  const others = othersThan(endpoint, cluster).filter((one) => isUseful(one, now));
  return isBelowCeiling(others, rules) &&
    others.some((one) => one.heldSince === undefined && couldReplace(one, endpoint));
}

/** Whether it may stay out: a person may have taken out those that were in when it went. */
function mayStay(endpoint: SharedEndpoint, cluster: Cluster, rules: ClusterRules): boolean {
  const others = othersThan(endpoint, cluster);
  return isBelowCeiling(others, rules) && others.some((one) => couldReplace(one, endpoint));
}

function othersThan({ id }: SharedEndpoint, { endpoints }: Cluster): readonly SharedEndpoint[] {
  return endpoints.filter((one) => one.id !== id && one.removed !== true);
}

function isBelowCeiling(
  others: readonly SharedEndpoint[],
  { maxEjectedRatio, panicRatio }: ClusterRules,
): boolean {
  const out = others.filter((one) => one.circuit.phase !== "closed").length;
  const total = others.length + 1;
  return out < ejectionsAllowed(total, maxEjectedRatio) &&
    !isPanic(total - out - 1, total, panicRatio);
}

/**
 * A primary has no other primary to take its writes; reads can go to whoever is there. One whose role nobody
 * has told may be the primary.
 */
function couldReplace(one: SharedEndpoint, endpoint: SharedEndpoint): boolean {
  if (one.circuit.phase !== "closed") return false;
  if (endpoint.role === undefined) return one.role?.role !== "replica";
  if (endpoint.role.role === "replica") return true;
  // An old primary said so too, and nobody has heard from it since.
  return one.role?.role === "primary" &&
    (one.role.generation ?? 0) >= (endpoint.role.generation ?? 0);
}
