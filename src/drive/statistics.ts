/**
 * What holdfast knows, as numbers. Reads counters only: no I/O, cheap enough for every second.
 *
 * @module
 */

import { share } from "../admit/ramp.ts";
import type { Access, Tags } from "../model/endpoint.ts";
import type { BelievedRole, CircuitPhase, RecoveryRung, Suspicion } from "../model/event.ts";
import type { OutcomeKind } from "../model/outcome.ts";
import { quantiles } from "../observe/latency.ts";
import { isAvailable } from "../observe/reading.ts";
import { because, score } from "../observe/score.ts";
import { balance } from "../retry/budget.ts";
import { signsOf } from "./circuit-moves.ts";
import type { Core, Site } from "./core.ts";
import type { PoolStats } from "./pool-counts.ts";
import { type SharingStats, sharingStats } from "./sharing-stats.ts";
import { type AlertStats, alertStats } from "./lookout.ts";

/** One endpoint's numbers. */
export interface EndpointStats {
  readonly id: string;
  readonly role: BelievedRole;
  readonly access: Access;
  readonly weight: number;
  readonly tags: Tags;
  readonly circuit: CircuitPhase;
  /** Health, 0 to 100. */
  readonly score: number;
  /** What it lost and why, in words and numbers: `"12 of 40 calls failed: −30"`. They add up to 100 − score, or to more where that is 0. */
  readonly because: readonly string[];
  /** Whether it is believed to be alive. */
  readonly health: Suspicion;
  /** Left out just now, for doing worse than its peers. */
  readonly ejected: boolean;
  /** The share of its load that it gets, 0.1 to 1: less than 1 for a while after it came back. 0 while its circuit is not closed. */
  readonly share: number;
  /** The recovery's last step, while it is down. */
  readonly recovery: RecoveryRung | undefined;
  /** Attempts running now. */
  readonly inFlight: number;
  /** Attempts answered since the start. */
  readonly answered: number;
  /** Attempts failed since the start, for whatever reason. */
  readonly failed: number;
  /** What the last failed attempt came to. */
  readonly lastFailure: OutcomeKind | undefined;
  /** Attempts ended in a second, over the circuit's window. */
  readonly perSecond: number;
  /** Calls, and those the endpoint failed, in the circuit's window. */
  readonly window: { readonly calls: number; readonly failures: number; readonly slow: number };
  /** Smoothed answer time; 0: none yet. */
  readonly latencyMs: number;
  /** Quantiles of answer times over the last 10 to 20 seconds; 0: none. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Its answer times now over its own usual ones; 1: as usual, or not known. */
  readonly slowness: number;
  /** How far it was behind its primary when last measured; `undefined`: not known, or a primary. */
  readonly lagMs: number | undefined;
  /** Connections open on its server, anybody's, and how many it allows, when last measured. */
  readonly connectionsUsed: number | undefined;
  readonly connectionsMax: number | undefined;
  readonly pool: PoolStats;
  readonly draining: boolean;
}

/** All endpoints together. */
export interface TotalStats {
  /** Endpoints, and those of them that get traffic. */
  readonly endpoints: number;
  readonly available: number;
  readonly answered: number;
  readonly failed: number;
  readonly perSecond: number;
  /** Quantiles of answer times over the last 10 to 20 seconds; 0: none. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Mean score, 0 to 100. */
  readonly score: number;
  /** Open connections, and callers who wait for one. */
  readonly connections: number;
  readonly waiting: number;
}

/** Everything at once. */
export interface Stats {
  readonly endpoints: readonly EndpointStats[];
  readonly total: TotalStats;
  /** The believed primary's id. */
  readonly primary: string | undefined;
  /** The highest primary generation seen (PostgreSQL: timeline); 0: none yet. */
  readonly epoch: number;
  /** Calls under way. */
  readonly running: number;
  /** Calls and transactions that failed for good since the start, each a `failed` event. */
  readonly failedCalls: number;
  /** So few endpoints are well that ejections are ignored. */
  readonly panic: boolean;
  /** Retries that could be made just now. */
  readonly retryBudget: number;
  readonly alerts: AlertStats;
  /** What is shared with other isolates; `undefined`: there is no store. */
  readonly sharing: SharingStats | undefined;
}

/** A reading of all numbers. */
export function readStats(core: Core): Stats {
  const now = core.runtime.clock.now();
  const sites = [...core.sites.values()];
  const endpoints = sites.map((site) => endpointStats(core, site, now));
  return {
    endpoints,
    total: totalStats(sites, endpoints, now),
    primary: core.topology.members.find((m) => m.role === "primary")?.endpoint.id,
    epoch: core.topology.epoch,
    running: core.running,
    failedCalls: core.givenUp,
    panic: core.panic,
    retryBudget: balance(core.budget, now),
    alerts: alertStats(core.lookout),
    sharing: core.share && sharingStats(core.share, now),
  };
}

const QUANTILES = [0.5, 0.95, 0.99];

function endpointStats(core: Core, site: Site, now: number): EndpointStats {
  const { member, vitals } = site;
  const { endpoint, load } = member;
  const [p50Ms = 0, p95Ms = 0, p99Ms = 0] = quantiles([site.sketch], QUANTILES, now);
  const signs = signsOf(site, now);
  const { windowMs } = core.settings.circuit;
  return {
    id: site.id,
    role: member.role,
    access: endpoint.access,
    weight: endpoint.weight,
    tags: endpoint.tags,
    circuit: signs.phase,
    score: score(signs),
    because: because(signs),
    health: site.health.state,
    ejected: now < site.ejectedUntil,
    share: shareOf(site, now),
    recovery: site.rungTaken?.rung,
    inFlight: load.inFlight,
    answered: site.answered,
    failed: site.failed,
    lastFailure: site.lastFailure,
    perSecond: (signs.window.calls * 1_000) / windowMs,
    window: signs.window,
    latencyMs: load.latencyMs,
    p50Ms,
    p95Ms,
    p99Ms,
    slowness: signs.slowness,
    lagMs: load.lagMs,
    connectionsUsed: vitals.connectionsUsed,
    connectionsMax: vitals.connectionsMax,
    pool: site.pool.stats(),
    draining: member.draining,
  };
}

/** Trials are no share of the load. */
function shareOf({ circuit, ramp }: Site, now: number): number {
  if (circuit.phase !== "closed") return 0;
  return ramp === undefined ? 1 : share(ramp, now);
}

function totalStats(
  sites: readonly Site[],
  endpoints: readonly EndpointStats[],
  now: number,
): TotalStats {
  const [p50Ms = 0, p95Ms = 0, p99Ms = 0] = quantiles(sites.map((s) => s.sketch), QUANTILES, now);
  const sum = (read: (one: EndpointStats) => number): number =>
    endpoints.reduce((so, one) => so + read(one), 0);
  return {
    endpoints: endpoints.length,
    available: endpoints.filter(isAvailable).length,
    answered: sum((one) => one.answered),
    failed: sum((one) => one.failed),
    perSecond: sum((one) => one.perSecond),
    p50Ms,
    p95Ms,
    p99Ms,
    score: endpoints.length === 0 ? 0 : sum((one) => one.score) / endpoints.length,
    connections: sum((one) => one.pool.size),
    waiting: sum((one) => one.pool.waiting),
  };
}
