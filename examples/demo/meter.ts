/**
 * Turns counters that only grow into rates, and holdfast's statistics into rows of the table.
 *
 * @module
 */

import type { EndpointStats, Stats } from "../../mod.ts";
import type { ServerState } from "./faults.ts";
import type { EndpointRow } from "./columns.ts";
import type { Totals } from "./table.ts";
import type { Tally } from "./tally.ts";

/** Remembers each counter's last value and when it was read. */
export type Meter = Map<
  string,
  { readonly value: number; readonly atMs: number; readonly rate: number }
>;

/** A rate over less than this jumps about too much to be read. */
const MIN_SPAN_MS = 900;

/** How fast a counter grows, per second; read it as often as you like. */
export function perSecond(meter: Meter, name: string, value: number, nowMs: number): number {
  const last = meter.get(name);
  if (last === undefined) {
    meter.set(name, { value, atMs: nowMs, rate: 0 });
    return 0;
  }
  const spanMs = nowMs - last.atMs;
  if (spanMs < MIN_SPAN_MS) return last.rate;
  const rate = ((value - last.value) * 1_000) / spanMs;
  meter.set(name, { value, atMs: nowMs, rate });
  return rate;
}

/** The endpoints' rows. */
export function rowsOf(
  stats: Stats,
  servers: ReadonlyMap<string, ServerState>,
  meter: Meter,
  nowMs: number,
): EndpointRow[] {
  return stats.endpoints.map((endpoint) => ({
    id: endpoint.id,
    server: servers.get(endpoint.id) ?? "up",
    role: endpoint.role,
    circuit: endpoint.circuit,
    health: endpoint.health,
    score: endpoint.score,
    because: endpoint.because,
    recovery: endpoint.recovery,
    share: shareOf(endpoint),
    lagMs: endpoint.lagMs,
    inFlight: endpoint.inFlight,
    perSecond: perSecond(meter, endpoint.id, endpoint.answered, nowMs),
    // 0 stands for "none yet".
    p50Ms: endpoint.p50Ms || undefined,
    p99Ms: endpoint.p99Ms || undefined,
    errors: endpoint.failed,
  }));
}

/** Of an endpoint that gets nothing anyway the statistics' share is what it will be, not what it is. */
function shareOf({ ejected, circuit, share }: EndpointStats): EndpointRow["share"] {
  if (ejected) return "ejected";
  return circuit === "closed" ? share : undefined;
}

/** The callers' totals. */
export function totalsOf(tally: Tally, meter: Meter, nowMs: number): Totals {
  return {
    reads: tally.reads,
    readErrors: tally.readErrors,
    readsPerSecond: perSecond(meter, "reads", tally.reads, nowMs),
    writes: tally.writes,
    writeErrors: tally.failures.length,
    writesPerSecond: perSecond(meter, "writes", tally.writes, nowMs),
  };
}
