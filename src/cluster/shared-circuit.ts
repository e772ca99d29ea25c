/**
 * The circuit that all share: opens on enough evidence, closes by a trial that one of all had claimed.
 *
 * @module
 */

import { pauseMs } from "../admit/pause.ts";
import type { ClusterRules } from "../model/cluster-rules.ts";
import type { SharedCircuit, SharedEndpoint, Trial } from "./state.ts";

/** So many busy syncs: each of the others has come by then. */
const OTHERS_FIRST = 2;
/** Out again within this time it is the same trouble still, ours: six ramps. */
const RELAPSE_MS = 60_000;

type Open = Extract<SharedCircuit, { phase: "open" }>;

/** A trial that is under way; one that got lost is none. */
export function trialOf(circuit: SharedCircuit, now: number): Trial | undefined {
  if (circuit.phase !== "open" || circuit.trial === undefined) return undefined;
  return now < circuit.trial.until ? circuit.trial : undefined;
}

/** Takes it out for everyone. */
export function open(
  endpoint: SharedEndpoint,
  because: string,
  now: number,
  { random, rules }: Draw,
): SharedEndpoint {
  const { heldSince: _, ramp: __, ...rest } = endpoint;
  const openings = relapses(endpoint.circuit, now) + 1;
  const circuit: Open = {
    phase: "open",
    round: endpoint.circuit.round + 1,
    since: now,
    pausedAt: now,
    until: now + pauseMs(openings, random, rules),
    openings,
    because,
  };
  return { ...rest, circuit, accusers: [] };
}

/**
 * How often it had been out without being well for long in between. A prober that reaches what the isolates do
 * not (a network torn in two) passes every trial: without this it would go out and in every few seconds.
 */
function relapses(circuit: SharedCircuit, now: number): number {
  if (circuit.phase !== "closed" || circuit.since === undefined) return 0;
  return now - circuit.since < RELAPSE_MS ? circuit.openings ?? 0 : 0;
}

/**
 * Whether a claim has to wait for others, who go first: the claimer's own trial failed last, or got lost. One that
 * cannot reach what the others can, never finishes, or lies, would keep it out for ever if it were quick enough.
 */
export function letsOthersGoFirst(
  { circuit }: SharedEndpoint,
  by: string,
  now: number,
  { busySyncMs }: ClusterRules,
): boolean {
  if (circuit.phase !== "open") return false;
  const othersMs = OTHERS_FIRST * busySyncMs;
  // A trial that is still there when another one is asked for got lost.
  if (circuit.trial !== undefined) {
    return circuit.trial.by === by && now < circuit.trial.until + othersMs;
  }
  return circuit.failedBy === by && now < circuit.until + othersMs;
}

/** Grants the trial, if it is due and nobody has it. */
export function grant(
  endpoint: SharedEndpoint,
  trial: Trial,
  now: number,
): SharedEndpoint {
  const { circuit } = endpoint;
  if (circuit.phase !== "open" || now < circuit.until || trialOf(circuit, now) !== undefined) {
    return endpoint;
  }
  return { ...endpoint, circuit: { ...circuit, trial } };
}

/** How a trial ended. A result that is not of the trial under way, or is another's, says nothing. */
export function settle(
  endpoint: SharedEndpoint,
  { token, passed, by }: Omit<Trial, "until"> & { readonly passed: boolean },
  now: number,
  { random, rules }: Draw,
): SharedEndpoint {
  const { circuit } = endpoint;
  const under = trialOf(circuit, now);
  if (circuit.phase !== "open" || under?.token !== token || under.by !== by) return endpoint;
  if (passed) return close({ ...endpoint, answeredAt: now }, now, rules);
  const { trial: _, ...rest } = circuit;
  const openings = circuit.openings + 1;
  const until = now + pauseMs(openings, random, rules);
  return { ...endpoint, circuit: { ...rest, openings, pausedAt: now, until, failedBy: by } };
}

/**
 * Somebody has had an answer since: a trial is due soon, and decides. Not at once: where a part of the fleet
 * has answers all along, every trial of the others fails.
 */
export function hasten(
  endpoint: SharedEndpoint,
  now: number,
  { cooldownMs }: ClusterRules,
): SharedEndpoint {
  const { circuit } = endpoint;
  if (circuit.phase !== "open") return endpoint;
  const until = Math.max(now, circuit.pausedAt + cooldownMs);
  return until < circuit.until ? { ...endpoint, circuit: { ...circuit, until } } : endpoint;
}

/** By all evidence it is down, but it stays in: it is the last of its kind, or too many are out already. */
export function hold(endpoint: SharedEndpoint, now: number): SharedEndpoint {
  const { circuit } = endpoint;
  if (circuit.phase !== "open") {
    return endpoint.heldSince === undefined ? { ...endpoint, heldSince: now } : endpoint;
  }
  return {
    ...endpoint,
    circuit: { phase: "closed", round: circuit.round },
    users: { ...endpoint.users, at: now },
    heldSince: circuit.since,
  };
}

/** One that was held answers again. */
export function letUp(endpoint: SharedEndpoint, now: number): SharedEndpoint {
  const { heldSince: _, ...rest } = endpoint;
  const { round } = endpoint.circuit;
  const openings = endpoint.circuit.phase === "open" ? endpoint.circuit.openings : undefined;
  const circuit: SharedCircuit = {
    phase: "closed",
    round,
    since: now,
    ...(openings === undefined ? {} : { openings }),
  };
  return { ...rest, circuit, accusers: [] };
}

/** Takes it in again, little by little: the whole fleet's ramp begins now. */
export function close(
  endpoint: SharedEndpoint,
  now: number,
  { rampMs }: ClusterRules,
): SharedEndpoint {
  const { ramp: _, ...rest } = letUp(endpoint, now);
  const back: SharedEndpoint = { ...rest, users: { ...rest.users, at: now } };
  return rampMs > 0 ? { ...back, ramp: { startedAt: now, overMs: rampMs } } : back;
}

/** A person holds it open. */
export function isolate(endpoint: SharedEndpoint): SharedEndpoint {
  if (endpoint.circuit.phase === "isolated") return endpoint;
  const { heldSince: _, ramp: __, ...rest } = endpoint;
  return {
    ...rest,
    circuit: { phase: "isolated", round: endpoint.circuit.round + 1 },
    accusers: [],
  };
}

/** A person lets it go. */
export function release(
  endpoint: SharedEndpoint,
  now: number,
  rules: ClusterRules,
): SharedEndpoint {
  return endpoint.circuit.phase === "isolated" ? close(endpoint, now, rules) : endpoint;
}

/** What a step draws on. */
export interface Draw {
  /** A uniform draw from [0, 1). */
  readonly random: number;
  readonly rules: ClusterRules;
}
