/**
 * What holdfast believes of all endpoints just now.
 *
 * The beliefs are readonly and replaced as a whole (`route/topology.ts`); the {@link Load} beside each
 * is the one thing that changes in place, because every query touches it (DESIGN, law 2).
 *
 * @module
 */

import type { Endpoint } from "./endpoint.ts";
import type { BelievedRole } from "./event.ts";

/** Hot counters of one endpoint in this isolate. */
export interface Load {
  /** Attempts running now. */
  inFlight: number;
  /** Exponentially weighted mean of answer times (α 0.2, MongoDB's server selection); 0: none yet. */
  latencyMs: number;
  /** Peak EWMA (Finagle): jumps up at once, decays over 10 s; read it with `peakAt`. */
  peakMs: number;
  /** When `peakMs` was last stored. */
  peakAt: number;
  /** Health, 0 (dead) to 100 (well). */
  score: number;
  /** How far it was behind its primary when it was last measured; `undefined`: not known, or a primary. */
  lagMs: number | undefined;
  /** The smooth weighted round robin's running credit (nginx). */
  credit: number;
}

/** A new endpoint's counters: nothing known, nothing held against it. */
export function freshLoad(): Load {
  return {
    inFlight: 0,
    latencyMs: 0,
    peakMs: 0,
    peakAt: 0,
    score: 100,
    lagMs: undefined,
    credit: 0,
  };
}

/** One endpoint with what is believed of it. */
export interface Member {
  readonly endpoint: Endpoint;
  readonly role: BelievedRole;
  /** The generation it last claimed as a primary (PostgreSQL: its timeline). */
  readonly generation: number | undefined;
  /** When its role was last heard from itself; `undefined`: only declared so far. */
  readonly confirmedAt: number | undefined;
  /** Being removed: finishes what it has, gets nothing new. */
  readonly draining: boolean;
  readonly load: Load;
}

/** All members, and the highest primary generation ever seen. */
export interface Topology {
  readonly epoch: number;
  readonly members: readonly Member[];
}
