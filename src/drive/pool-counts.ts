/**
 * What a pool counts, and how it is read.
 *
 * @module
 */

import { type Permits, sizeOf } from "../admit/permits.ts";
import type { CloseReason } from "../model/connection-event.ts";
import { createSketch, type LatencySketch, note, quantiles } from "../observe/latency.ts";

/** How far back the waits look. */
const SPAN_MS = 10_000;

/** How long callers waited for a connection. */
export interface AcquireStats {
  /** Callers who had to wait, since the start; the others got one at once. */
  readonly waited: number;
  /** Of those who waited within the last 10 to 20 seconds; 0: nobody did. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Numbers of a pool just now. */
export interface PoolStats {
  /** Open connections. */
  readonly size: number;
  readonly idle: number;
  readonly inUse: number;
  /** Callers in the queue. */
  readonly waiting: number;
  /** Connects under way. */
  readonly connecting: number;
  /** How many may be in use at once: the pool's `max`, or less while the endpoint is overloaded. */
  readonly limit: number;
  /** Rises each time all connections are given up at once: a change of role, a recovery. */
  readonly generation: number;
  /** Connections opened since the start. */
  readonly created: number;
  /** Connections closed since the start, by reason; reasons that never occurred are left out. */
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
  readonly acquire: AcquireStats;
}

/** A pool's own counters. */
export interface PoolCounts {
  created: number;
  readonly closed: Partial<Record<CloseReason, number>>;
  waited: number;
  readonly waits: LatencySketch;
}

export function createCounts(now: number): PoolCounts {
  return { created: 0, closed: {}, waited: 0, waits: createSketch(SPAN_MS, now) };
}

/** Somebody who stood in the queue was served. */
export function countWait(counts: PoolCounts, waitedMs: number, now: number): void {
  counts.waited++;
  note(counts.waits, waitedMs, now);
}

/** A connection was closed. */
export function countClosed(counts: PoolCounts, because: CloseReason): void {
  counts.closed[because] = (counts.closed[because] ?? 0) + 1;
}

const QUANTILES = [0.5, 0.99];

/** A reading. */
export function poolStats(
  counts: PoolCounts,
  permits: Permits,
  generation: number,
  now: number,
): PoolStats {
  const { idle, inUse, waiting, connecting, allowed } = permits;
  const [p50Ms = 0, p99Ms = 0] = quantiles([counts.waits], QUANTILES, now);
  return {
    size: sizeOf(permits) - connecting,
    idle,
    inUse,
    waiting,
    connecting,
    limit: allowed,
    generation,
    created: counts.created,
    closed: { ...counts.closed },
    acquire: { waited: counts.waited, p50Ms, p99Ms },
  };
}
