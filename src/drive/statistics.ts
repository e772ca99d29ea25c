/**
 * What holdfast knows, as numbers. Reads counters only: no I/O, cheap enough for every second.
 *
 * @module
 */

import { at } from "../admit/circuit.ts";
import type { Access, Tags } from "../model/endpoint.ts";
import type { BelievedRole, CircuitPhase } from "../model/event.ts";
import type { OutcomeKind } from "../model/outcome.ts";
import { quantiles } from "../observe/latency.ts";
import { balance } from "../retry/budget.ts";
import { totals } from "../time/window.ts";
import type { Core, Site } from "./core.ts";
import { type AlertStats, alertStats } from "./lookout.ts";
import type { PoolStats } from "./pool.ts";

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
  /** Attempts running now. */
  readonly inFlight: number;
  /** Attempts answered since the start. */
  readonly answered: number;
  /** Attempts failed since the start, for whatever reason. */
  readonly failed: number;
  /** What the last failed attempt came to. */
  readonly lastFailure: OutcomeKind | undefined;
  /** Calls, and those the endpoint failed, in the circuit's window. */
  readonly window: { readonly calls: number; readonly failures: number; readonly slow: number };
  /** Smoothed answer time; 0: none yet. */
  readonly latencyMs: number;
  /** Quantiles of answer times over the last 10 to 20 seconds; 0: none. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly pool: PoolStats;
  readonly draining: boolean;
}

/** Everything at once. */
export interface Stats {
  readonly endpoints: readonly EndpointStats[];
  /** The believed primary's id. */
  readonly primary: string | undefined;
  /** The highest primary generation seen (PostgreSQL: timeline); 0: none yet. */
  readonly epoch: number;
  /** Calls under way. */
  readonly running: number;
  /** Retries that could be made just now. */
  readonly retryBudget: number;
  readonly alerts: AlertStats;
}

/** A reading of all numbers. */
export function readStats(core: Core): Stats {
  const now = core.runtime.clock.now();
  return {
    endpoints: [...core.sites.values()].map((site) => endpointStats(site, now)),
    primary: core.topology.members.find((m) => m.role === "primary")?.endpoint.id,
    epoch: core.topology.epoch,
    running: core.running,
    retryBudget: balance(core.budget, now),
    alerts: alertStats(core.lookout),
  };
}

const QUANTILES = [0.5, 0.95, 0.99];

function endpointStats(site: Site, now: number): EndpointStats {
  const { member } = site;
  const { endpoint, load } = member;
  const [p50Ms = 0, p95Ms = 0, p99Ms = 0] = quantiles(site.sketch, QUANTILES, now);
  return {
    id: site.id,
    role: member.role,
    access: endpoint.access,
    weight: endpoint.weight,
    tags: endpoint.tags,
    circuit: at(site.circuit, now).phase,
    score: load.score,
    inFlight: load.inFlight,
    answered: site.answered,
    failed: site.failed,
    lastFailure: site.lastFailure,
    window: totals(site.window, now),
    latencyMs: load.latencyMs,
    p50Ms,
    p95Ms,
    p99Ms,
    pool: site.pool.stats(),
    draining: member.draining,
  };
}
