/**
 * A store's clock that went back: another machine took the state over, or its time was corrected. What lies
 * in the future then would last for as long as the clock went back, and an endpoint stay out all that time.
 *
 * @module
 */

import type { ClusterRules } from "../model/cluster-rules.ts";
import type { Cluster, Mass, SharedCircuit, SharedEndpoint } from "./state.ts";

/** The state with nothing later than it can be at `now`; the same reference when nothing is. */
export function onClock(cluster: Cluster, now: number, rules: ClusterRules): Cluster {
  const { fleet, assignment } = cluster;
  const isolates = massOnClock(fleet.isolates, now);
  const reporters = eachOf(fleet.reporters, (one) => one.at > now ? { ...one, at: now } : one);
  const endpoints = eachOf(cluster.endpoints, (one) => endpointOnClock(one, now, rules));
  const isAssignmentLate = assignment !== undefined && assignment.at > now;
  const isSame = isolates === fleet.isolates && reporters === fleet.reporters &&
    endpoints === cluster.endpoints && !isAssignmentLate;
  if (isSame) return cluster;
  return {
    ...cluster,
    fleet: { reporters, isolates },
    endpoints,
    ...(isAssignmentLate ? { assignment: { ...assignment, at: now } } : {}),
  };
}

function eachOf<T>(all: readonly T[], change: (one: T) => T): readonly T[] {
  const changed = all.map(change);
  return changed.every((one, i) => one === all[i]) ? all : changed;
}

function massOnClock(mass: Mass, now: number): Mass {
  return mass.at > now ? { ...mass, at: now, from: Math.min(mass.from, now) } : mass;
}

function endpointOnClock(
  endpoint: SharedEndpoint,
  now: number,
  rules: ClusterRules,
): SharedEndpoint {
  const { heldSince, answeredAt, ramp, role, lag } = endpoint;
  const accusers = eachOf(endpoint.accusers, (one) => {
    return one.lastAt > now ? { ...one, firstAt: Math.min(one.firstAt, now), lastAt: now } : one;
  });
  const users = massOnClock(endpoint.users, now);
  const circuit = circuitOnClock(endpoint.circuit, now, rules);
  const late = [endpoint.heardAt, heldSince, answeredAt, ramp?.startedAt, role?.at, lag?.at];
  const isSame = accusers === endpoint.accusers && users === endpoint.users &&
    circuit === endpoint.circuit && late.every((at) => at === undefined || at <= now);
  if (isSame) return endpoint;
  return {
    ...endpoint,
    circuit,
    accusers,
    users,
    heardAt: Math.min(endpoint.heardAt, now),
    ...(heldSince === undefined ? {} : { heldSince: Math.min(heldSince, now) }),
    ...(answeredAt === undefined ? {} : { answeredAt: Math.min(answeredAt, now) }),
    ...(ramp === undefined ? {} : { ramp: { ...ramp, startedAt: Math.min(ramp.startedAt, now) } }),
    ...(role === undefined ? {} : { role: { ...role, at: Math.min(role.at, now) } }),
    ...(lag === undefined ? {} : { lag: { ...lag, at: Math.min(lag.at, now) } }),
  };
}

function circuitOnClock(circuit: SharedCircuit, now: number, rules: ClusterRules): SharedCircuit {
  if (circuit.phase === "isolated") return circuit;
  if (circuit.phase === "closed") {
    return circuit.since !== undefined && circuit.since > now
      ? { ...circuit, since: now }
      : circuit;
  }
  const { since, pausedAt, until, trial } = circuit;
  const latest = now + Math.max(rules.cooldownMs, rules.maxCooldownMs);
  const trialUntil = now + rules.trialTimeoutMs;
  const isTrialLate = trial !== undefined && trial.until > trialUntil;
  if (since <= now && pausedAt <= now && until <= latest && !isTrialLate) return circuit;
  return {
    ...circuit,
    since: Math.min(since, now),
    pausedAt: Math.min(pausedAt, now),
    until: Math.min(until, latest),
    ...(isTrialLate ? { trial: { ...trial, until: trialUntil } } : {}),
  };
}
