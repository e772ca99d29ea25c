/**
 * The numbers an alert rule may look at, taken together at one moment.
 *
 * @module
 */

import type { BelievedRole, CircuitPhase } from "../model/event.ts";

/** A reading. A number that is absent is not known: without traffic nothing is known of answer times. */
export interface Reading {
  /** Endpoints declared or added, those on their way out included. */
  readonly totalEndpoints: number;
  /** Endpoints that get traffic: see {@link isAvailable}. */
  readonly availableEndpoints: number;
  /** Their share, 0 to 1; absent: there is no endpoint. */
  readonly availableRatio?: number;
  /** Available endpoints believed to be the primary: 0 or 1. */
  readonly availablePrimaries: number;
  /**
   * Mean of the smoothed answer times of the available endpoints that have answered in the last 10 to 20
   * seconds, in milliseconds; absent: none has.
   */
  readonly avgResponseMs?: number;
  /** Mean score of all endpoints, 0 to 100; absent: there is no endpoint. */
  readonly avgScore?: number;
  /** The worst endpoint's score, 0 to 100; absent: there is no endpoint. */
  readonly lowestScore?: number;
  /** How far the replica that is furthest behind was when last measured; absent: none told. */
  readonly highestLagMs?: number;
  /** Connections open in this process. */
  readonly totalConnections: number;
  /** Callers waiting for a connection. */
  readonly waitingCallers: number;
  /** Calls under way. */
  readonly runningCalls: number;
  /** Share of the calls in the circuits' windows that their endpoint failed, 0 to 1; absent: no calls. */
  readonly failedRatio?: number;
  /** Retries that could be made just now. */
  readonly retryBudget: number;
}

/** The name of a number in a {@link Reading}. */
export type ReadingName = keyof Reading;

const EVERY_NAME: Readonly<Record<ReadingName, true>> = {
  totalEndpoints: true,
  availableEndpoints: true,
  availableRatio: true,
  availablePrimaries: true,
  avgResponseMs: true,
  avgScore: true,
  lowestScore: true,
  highestLagMs: true,
  totalConnections: true,
  waitingCallers: true,
  runningCalls: true,
  failedRatio: true,
  retryBudget: true,
};

/** Every name, for a message. */
export const READING_NAMES: readonly ReadingName[] = Object.keys(EVERY_NAME) as ReadingName[]; // its own keys

/** What decides whether an endpoint is available. */
export interface Standing {
  readonly draining: boolean;
  readonly role: BelievedRole;
  readonly circuit: CircuitPhase;
  /** Left out for doing worse than its peers. */
  readonly ejected: boolean;
}

/**
 * Whether an endpoint gets traffic: neither out nor on its way out. One on trial gets a single call at a
 * time, and a dead one is on trial after each pause: it counts when its circuit has closed.
 */
export function isAvailable({ draining, role, circuit, ejected }: Standing): boolean {
  return circuit === "closed" && !ejected && !draining && role !== "outdated";
}

/** What a reading takes of an endpoint: the statistics have it. */
export interface Observed extends Standing {
  readonly score: number;
  readonly lagMs: number | undefined;
  /** Smoothed answer time; 0: none yet. */
  readonly latencyMs: number;
  /** Median of the last 10 to 20 seconds; 0: no answer in them. */
  readonly p50Ms: number;
  readonly window: { readonly calls: number; readonly failures: number };
  readonly pool: { readonly size: number; readonly waiting: number };
}

/** What a reading takes of the whole. */
export interface Observation {
  readonly endpoints: readonly Observed[];
  readonly running: number;
  readonly retryBudget: number;
}

/** The reading of everything observed. */
export function readingOf({ endpoints, running, retryBudget }: Observation): Reading {
  const available = endpoints.filter(isAvailable);
  // The smoothed time never ages: what was slow and is asked nothing any more would be slow for ever.
  const answering = available.filter((e) => e.p50Ms > 0);
  const calls = sum(endpoints.map((e) => e.window.calls));
  const lags = endpoints.map((e) => e.lagMs).filter((lagMs) => lagMs !== undefined);
  const some = endpoints.length > 0;
  return {
    totalEndpoints: endpoints.length,
    availableEndpoints: available.length,
    ...(some ? { availableRatio: available.length / endpoints.length } : {}),
    availablePrimaries: available.filter((e) => e.role === "primary").length,
    ...(answering.length > 0 ? { avgResponseMs: mean(answering.map((e) => e.latencyMs)) } : {}),
    ...(some ? { avgScore: mean(endpoints.map((e) => e.score)) } : {}),
    ...(some ? { lowestScore: Math.min(...endpoints.map((e) => e.score)) } : {}),
    ...(lags.length > 0 ? { highestLagMs: Math.max(...lags) } : {}),
    totalConnections: sum(endpoints.map((e) => e.pool.size)),
    waitingCallers: sum(endpoints.map((e) => e.pool.waiting)),
    runningCalls: running,
    ...(calls > 0 ? { failedRatio: sum(endpoints.map((e) => e.window.failures)) / calls } : {}),
    retryBudget,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
